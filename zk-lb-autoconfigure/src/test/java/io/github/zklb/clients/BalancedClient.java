package io.github.zklb.clients;

/** Sends requests through the load balancer. Thread-safe. */
@FunctionalInterface
public interface BalancedClient {

    /**
     * Sends a request and waits for what it brings.
     *
     * @param serviceId the service
     * @param request the request
     * @return the response, whatever its status
     * @throws Exception the client's own error, if there is no response
     */
    Answer send(String serviceId, TestRequest request) throws Exception;
}
