package io.github.zklb.clients;

/** Sends requests that bring an answer, or those that do not. */
final class Sending {

    private static final int UNAVAILABLE = 503;

    private Sending() {}

    /** The answer to a request that has one. */
    static Answer send(BalancedClient client, String serviceId, TestRequest request) {
        try {
            return client.send(serviceId, request);
        } catch (RuntimeException unexpected) {
            throw unexpected;
        } catch (Exception unexpected) {
            throw new IllegalStateException(unexpected);
        }
    }

    /** What the caller reads of a request for which there is no instance: the error's message, or the body of a 503. */
    static String failure(BalancedClient client, String serviceId, TestRequest request) {
        Answer answer;
        try {
            answer = client.send(serviceId, request);
        } catch (Exception error) {
            return String.valueOf(error.getMessage());
        }
        if (answer.status() != UNAVAILABLE || !answer.provider().isEmpty()) {
            throw new AssertionError("answered with " + answer);
        }
        return answer.body();
    }
}
