package io.github.zklb.springcloud;

import reactor.util.context.ContextView;

/** Hears of each request of Spring's clients that is sent to an endpoint, on the thread that sends it. */
@FunctionalInterface
public interface SendListener {

    /** Hears nothing. */
    SendListener NONE = (serviceId, strategy, context) -> {};

    /**
     * A request is about to be sent.
     *
     * @param serviceId the service
     * @param strategy the name of the service's strategy
     * @param context what the request's subscriber passes along; nothing for a request that blocks
     */
    void sending(String serviceId, String strategy, ContextView context);
}
