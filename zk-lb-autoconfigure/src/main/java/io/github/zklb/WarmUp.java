package io.github.zklb;

/**
 * What an application does before it takes its share of the requests: fills caches, compiles templates, opens connections.
 * All beans of this type run, one after the other in the order of {@code @Order}, once the application accepts traffic; only
 * then its registration is {@code UP}. One that fails is logged, and the application joins all the same.
 */
@FunctionalInterface
public interface WarmUp {

    /**
     * Warms something up, on a thread that may wait.
     *
     * @throws Exception if that failed
     */
    void warmUp() throws Exception;
}
