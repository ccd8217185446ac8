package io.github.zklb.benchmarks;

/** What a client of Spring's asks a balancer for: the methods of {@link RequestBenchmark}. */
enum ClientCall {
    /** The instance for a request. */
    CHOOSE("choose", "`LoadBalancerClient.choose`"),
    /** A request that does not look at what it is sent to. */
    EXECUTE("execute", "`LoadBalancerClient.execute`"),
    /** An HTTP request of a blocking client. */
    INTERCEPT("intercept", "an HTTP request of RestClient or RestTemplate"),
    /** An HTTP request of WebClient. */
    FILTER("filter", "an HTTP request of WebClient");

    /** The method's name. */
    final String operation;

    final String label;

    ClientCall(String operation, String label) {
        this.operation = operation;
        this.label = label;
    }
}
