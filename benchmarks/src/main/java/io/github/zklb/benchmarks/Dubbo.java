package io.github.zklb.benchmarks;

import io.github.zklb.Endpoint;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.dubbo.common.URL;
import org.apache.dubbo.rpc.Invocation;
import org.apache.dubbo.rpc.Invoker;
import org.apache.dubbo.rpc.Result;
import org.apache.dubbo.rpc.RpcInvocation;
import org.apache.dubbo.rpc.cluster.LoadBalance;
import org.apache.dubbo.rpc.cluster.loadbalance.ConsistentHashLoadBalance;
import org.apache.dubbo.rpc.cluster.loadbalance.RoundRobinLoadBalance;

/** Dubbo's load balance extensions. The key is the first argument of a method. */
final class Dubbo {

    private static final String SERVICE = "bench.Service";
    private static final String METHOD = "get";

    private Dubbo() {}

    static Pick consistentHash(Fleet fleet) {
        return pick(new ConsistentHashLoadBalance(), fleet);
    }

    static Pick weighted(Fleet fleet) {
        return pick(new RoundRobinLoadBalance(), fleet);
    }

    private static Pick pick(LoadBalance balance, Fleet fleet) {
        List<Invoker<Object>> invokers = invokers(fleet);
        List<Invocation> invocations = Keys.as(Dubbo::invocation);
        URL url = invokers.get(0).getUrl();
        return key -> balance.select(invokers, url, invocations.get(key));
    }

    /** Dubbo builds its ring in the first pick that meets another list of invokers. */
    static Build consistentHash() {
        LoadBalance balance = new ConsistentHashLoadBalance();
        Map<Fleet, List<Invoker<Object>>> known = new IdentityHashMap<>();
        Invocation invocation = invocation("key");
        return fleet -> {
            List<Invoker<Object>> invokers = known.computeIfAbsent(fleet, Dubbo::invokers);
            balance.select(invokers, invokers.get(0).getUrl(), invocation);
            return balance;
        };
    }

    private static List<Invoker<Object>> invokers(Fleet fleet) {
        return fleet.endpoints().stream().<Invoker<Object>>map(Dubbo::invoker).toList();
    }

    @SuppressWarnings("deprecation") // the other constructors ask for a running Dubbo
    private static Invocation invocation(String key) {
        return new RpcInvocation(METHOD, SERVICE, SERVICE, new Class<?>[] {String.class}, new Object[] {key});
    }

    private static Invoker<Object> invoker(Endpoint endpoint) {
        return new Address(
                URL.valueOf("dubbo://%s/%s?weight=%.0f".formatted(endpoint.address(), SERVICE, endpoint.weight())));
    }

    /** An invoker that is there to be picked. */
    private static final class Address implements Invoker<Object> {

        private final URL url;

        Address(URL url) {
            this.url = url;
        }

        @Override
        public Class<Object> getInterface() {
            return Object.class;
        }

        @Override
        public Result invoke(Invocation invocation) {
            throw new UnsupportedOperationException();
        }

        @Override
        public URL getUrl() {
            return url;
        }

        @Override
        public boolean isAvailable() {
            return true;
        }

        @Override
        public void destroy() {}
    }
}
