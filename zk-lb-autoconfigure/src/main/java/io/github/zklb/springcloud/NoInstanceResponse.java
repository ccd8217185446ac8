package io.github.zklb.springcloud;

import org.springframework.cloud.client.loadbalancer.EmptyResponse;

/** The stock answer of a balancer that has no instance, with the reason. */
public final class NoInstanceResponse extends EmptyResponse {

    private final String reason;

    /** An answer without an instance, and why. */
    public NoInstanceResponse(String reason) {
        this.reason = reason;
    }

    /** Why there is none, in a sentence. */
    public String reason() {
        return reason;
    }
}
