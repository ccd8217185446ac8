package io.github.zklb.springcloud;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.springframework.beans.factory.BeanFactoryUtils;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.LoadBalancerClientsProperties;
import org.springframework.cloud.client.loadbalancer.LoadBalancerLifecycle;
import org.springframework.cloud.client.loadbalancer.reactive.ReactiveLoadBalancer;
import org.springframework.cloud.loadbalancer.core.ReactorServiceInstanceLoadBalancer;
import org.springframework.cloud.loadbalancer.support.LoadBalancerClientFactory;
import org.springframework.context.ApplicationContextInitializer;
import org.springframework.context.annotation.AnnotationConfigApplicationContext;
import org.springframework.context.annotation.AnnotationConfigRegistry;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.core.ResolvableType;
import reactor.core.publisher.Mono;

/**
 * The stock factory of the clients' contexts, which remembers the two things that every request asks it for: a service's
 * balancer and its lifecycles. The stock one looks for them in the bean factories each time. Thread-safe.
 *
 * <p>What is remembered goes with the context it came from, and only singletons are remembered: whatever a scope makes
 * anew (a prototype, a bean in refresh scope) is looked up for each request, as ever.
 */
public final class RememberingClientFactory extends LoadBalancerClientFactory {

    @SuppressWarnings("rawtypes")
    private static final Class<LoadBalancerLifecycle> LIFECYCLE = LoadBalancerLifecycle.class;

    private final LoadBalancerClientsProperties properties;
    private final Set<String> preparedAheadOfTime;
    private final Map<String, GenericApplicationContext> contexts = new ConcurrentHashMap<>();

    /** Those that are forgotten, and open as long as a call may use them. */
    private final Set<GenericApplicationContext> leaving = ConcurrentHashMap.newKeySet();

    private final Map<String, Found<ReactiveLoadBalancer<ServiceInstance>>> balancers = new ConcurrentHashMap<>();
    private final Map<String, Found<Map<String, ?>>> lifecycles = new ConcurrentHashMap<>();

    /** A factory of contexts that are made from their configurations. */
    public RememberingClientFactory(LoadBalancerClientsProperties properties) {
        this(properties, Map.of());
    }

    private RememberingClientFactory(
            LoadBalancerClientsProperties properties,
            Map<String, ApplicationContextInitializer<GenericApplicationContext>> initializers) {
        super(properties, initializers);
        this.properties = properties;
        this.preparedAheadOfTime = Set.copyOf(initializers.keySet());
    }

    /** The same factory with contexts that were prepared ahead of time. Others are made as ever, by the configurations. */
    @Override
    @SuppressWarnings("unchecked")
    public LoadBalancerClientFactory withApplicationContextInitializers(Map<String, Object> initializers) {
        Map<String, ?> untyped = initializers;
        RememberingClientFactory prepared = new RememberingClientFactory(
                properties, (Map<String, ApplicationContextInitializer<GenericApplicationContext>>) untyped);
        prepared.setConfigurations(List.copyOf(getConfigurations().values()));
        return prepared;
    }

    /** Where generated code is used, the stock factory makes contexts that can take no configuration, prepared or not. */
    @Override
    public GenericApplicationContext buildContext(String name) {
        GenericApplicationContext bare = super.buildContext(name);
        if (bare instanceof AnnotationConfigRegistry || preparedAheadOfTime.contains(name)) {
            return bare;
        }
        AnnotationConfigApplicationContext context =
                new AnnotationConfigApplicationContext(bare.getDefaultListableBeanFactory());
        context.setClassLoader(bare.getClassLoader());
        context.setEnvironment(bare.getEnvironment());
        context.setParent(bare.getParent());
        context.setDisplayName(bare.getDisplayName());
        return context;
    }

    /** The stock factory keeps the contexts, too, but lets none of them go before all. */
    @Override
    protected GenericApplicationContext getContext(String name) {
        GenericApplicationContext known = contexts.get(name);
        if (known != null) {
            return known;
        }
        synchronized (contexts) {
            GenericApplicationContext made = contexts.get(name);
            if (made == null) {
                made = createContext(name);
                contexts.put(name, made);
            }
            return made;
        }
    }

    @Override
    public Set<String> getContextNames() {
        return Set.copyOf(contexts.keySet());
    }

    /**
     * Forgets the context of a client; whoever asks for it after that gets another one.
     *
     * @return closes it, which is for later if somebody may still use it
     */
    public Runnable forget(String name) {
        balancers.remove(name);
        lifecycles.remove(name);
        GenericApplicationContext gone = contexts.remove(name);
        if (gone == null) {
            return () -> {};
        }
        leaving.add(gone);
        return () -> {
            leaving.remove(gone);
            gone.close();
        };
    }

    /** As the stock factory calls them, whose contexts a gateway knows by that name and rebuilds no routes for. */
    @Override
    protected String generateDisplayName(String name) {
        return LoadBalancerClientFactory.class.getSimpleName() + '-' + name;
    }

    @Override
    public @Nullable ReactiveLoadBalancer<ServiceInstance> getInstance(String serviceId) {
        Found<ReactiveLoadBalancer<ServiceInstance>> known = balancers.get(serviceId);
        return known != null && known.isCurrent() ? known.beans() : findBalancer(serviceId);
    }

    /** A balancer is found by whichever of its types it is asked for, also where the user's own has but the widest of them. */
    @Override
    public <T> @Nullable T getInstance(String name, Class<T> type) {
        if (!isBalancers(type)) {
            return super.getInstance(name, type);
        }
        ReactiveLoadBalancer<ServiceInstance> balancer = getInstance(name);
        if (balancer == null || type.isInstance(balancer)) {
            return type.cast(balancer);
        }
        ReactorServiceInstanceLoadBalancer ofThatType = request -> Mono.from(balancer.choose(request));
        return type.cast(ofThatType);
    }

    @Override
    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"}) // the stock method is so
    public <T> @Nullable T getInstance(String name, ResolvableType type) {
        return isBalancers(type.toClass()) ? (T) getInstance(name, type.toClass()) : super.getInstance(name, type);
    }

    private static boolean isBalancers(Class<?> type) {
        return ReactiveLoadBalancer.class.isAssignableFrom(type)
                && type.isAssignableFrom(ReactorServiceInstanceLoadBalancer.class);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T> Map<String, T> getInstances(String name, Class<T> type) {
        if (type != LIFECYCLE) {
            return super.getInstances(name, type);
        }
        Found<Map<String, ?>> known = lifecycles.get(name);
        return (Map<String, T>) (known != null && known.isCurrent() ? known.beans() : findLifecycles(name));
    }

    /** Whether a client need not tell anybody of a request to a service. False where that is not known without a search. */
    public static boolean tellsNobody(ReactiveLoadBalancer.Factory<ServiceInstance> clients, String serviceId) {
        return clients instanceof RememberingClientFactory remembering
                && remembering.getInstances(serviceId, LIFECYCLE).isEmpty();
    }

    /** The user's own before ours, which is a fallback, and whoever else's; in the client's context, else in the application's. */
    @SuppressWarnings("unchecked")
    private @Nullable ReactiveLoadBalancer<ServiceInstance> findBalancer(String serviceId) {
        GenericApplicationContext context = getContext(serviceId);
        ReactiveLoadBalancer<ServiceInstance> only =
                context.getBeanProvider(ReactiveLoadBalancer.class).getIfUnique();
        ReactiveLoadBalancer<ServiceInstance> balancer =
                only == null ? super.getInstance(serviceId, ReactorServiceInstanceLoadBalancer.class) : only;
        if (balancer != null && singletons(context, ReactiveLoadBalancer.class) > 0) {
            balancers.put(serviceId, new Found<>(context, balancer));
        }
        return balancer;
    }

    private Map<String, ?> findLifecycles(String serviceId) {
        GenericApplicationContext context = getContext(serviceId);
        Map<String, ?> found = Collections.unmodifiableMap(super.getInstances(serviceId, LIFECYCLE));
        // While the application starts, one that is just being made is not among those found.
        if (singletons(context, LIFECYCLE) == found.size()) {
            lifecycles.put(serviceId, new Found<>(context, found));
        }
        return found;
    }

    /** The number of the beans of a type, or -1 if one of them is no singleton. */
    private static int singletons(GenericApplicationContext context, Class<?> type) {
        String[] names = BeanFactoryUtils.beanNamesForTypeIncludingAncestors(context, type);
        return Arrays.stream(names).allMatch(context::isSingleton) ? names.length : -1;
    }

    @Override
    public void destroy() {
        getContextNames().forEach(this::forget);
        leaving.forEach(GenericApplicationContext::close);
        super.destroy();
        balancers.clear();
        lifecycles.clear();
    }

    /**
     * What was found in a context.
     *
     * @param context the client's context
     * @param beans the bean, or the beans by their names
     */
    private record Found<T>(GenericApplicationContext context, T beans) {

        /** Whether the context is still there: a service whose context is closed gets another one. */
        boolean isCurrent() {
            return context.isActive();
        }
    }
}
