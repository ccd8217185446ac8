package io.github.zklb.benchmarks;

import java.util.List;

/** What stands behind the clients of a Spring application whose path of a request is measured. */
public enum Balancer {
    /** What Spring Cloud LoadBalancer makes of a ZooKeeper by itself: its cache over the discovery client. */
    STOCK("stock Spring Cloud LoadBalancer", "zk-lb.enabled=false"),
    /** zk-lb as it comes. */
    WEIGHTED("zk-lb `weighted`", "zk-lb.strategy=weighted"),
    /** zk-lb's ring, by the key in a header. */
    CONSISTENT_HASH(
            "zk-lb `consistent-hash`, key in a header",
            "zk-lb.strategy=consistent-hash",
            "zk-lb.consistent-hash.key=header:" + HttpCalls.KEY_HEADER);

    final String label;
    private final List<String> properties;

    Balancer(String label, String... properties) {
        this.label = label;
        this.properties = List.of(properties);
    }

    /** The properties that make it an application's balancer. */
    List<String> properties() {
        return properties;
    }
}
