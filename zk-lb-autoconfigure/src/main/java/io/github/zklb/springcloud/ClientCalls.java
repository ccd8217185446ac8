package io.github.zklb.springcloud;

import io.github.zklb.calls.CountedCall;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.ServiceEngines;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.ServiceInstance;
import reactor.util.context.Context;
import reactor.util.context.ContextView;

/** Counts the calls that clients send to instances. Thread-safe. */
@FunctionalInterface
public interface ClientCalls {

    /**
     * A request is sent. Whoever asks must end the call, whatever becomes of the request.
     *
     * @param serviceId the service
     * @param address the host and port that the request is sent to, as they stand in its URL
     * @param context what the request's subscriber passes along; nothing for a request that blocks
     * @return the call, or null if it is not counted: the service or the address is not ours
     */
    @Nullable CountedCall start(String serviceId, String address, ContextView context);

    /**
     * Sends a request on the caller's thread, and counts it as a call from now until there is a response and its body has
     * ended, where that is known, or until there will be none. A caller that is interrupted has given up, although its client reports that as an I/O error;
     * whether it had waited for the endpoint by then, or for another host, nobody knows.
     *
     * @param serviceId the service
     * @param address the host and port that the request is sent to
     * @param attempt sends it
     */
    default <T extends @Nullable Object, E extends Exception> T send(
            String serviceId, String address, Attempt<T, E> attempt) throws E {
        CountedCall call = start(serviceId, address, Context.empty());
        if (call == null) {
            return attempt.send();
        }
        try {
            if (call.asksForLoad()) {
                attempt.askForLoad();
            }
            return attempt.answered(call, attempt.send());
        } catch (Exception error) {
            if (!Thread.currentThread().isInterrupted()) {
                attempt.failed(call, error);
            }
            throw error;
        } finally {
            call.call().ignored(); // unless it has ended
        }
    }

    /** A request that is sent on the caller's thread, and what its ends say of the call. Neither of these needs to end it. */
    interface Attempt<T extends @Nullable Object, E extends Exception> {

        /** The request shall ask the instance for its own load; what somebody sends by hand does not. */
        default void askForLoad() {}

        /** Sends the request. */
        T send() throws E;

        /**
         * There is a response, and it is a good one unless this says otherwise. It ends the call unless this says that its body is
         * being read.
         *
         * @return what the caller gets
         */
        default T answered(CountedCall call, T response) {
            call.succeeded();
            return response;
        }

        /** Sending it has thrown this. */
        default void failed(CountedCall call, Exception error) {
            call.thrown(error);
        }
    }

    /** Hears of each request of Spring's clients that is sent to an endpoint, on the thread that sends it. */
    @FunctionalInterface
    interface SendListener {

        /**
         * A request is about to be sent.
         *
         * @param serviceId the service
         * @param strategy the name of the service's strategy
         * @param context what the request's subscriber passes along; nothing for a request that blocks
         */
        void sending(String serviceId, String strategy, ContextView context);
    }

    /**
     * Counts the calls to the services that are in use.
     *
     * @param listeners hear of each request that is sent to one of these
     */
    static ClientCalls to(ServiceEngines engines, List<SendListener> listeners) {
        List<SendListener> all = List.copyOf(listeners);
        return (serviceId, address, context) -> {
            ServiceEngine engine = engines.inUse(serviceId);
            if (engine == null) {
                return null;
            }
            for (int i = 0; i < all.size(); i++) { // without an iterator for each request
                all.get(i).sending(serviceId, engine.settings().strategy(), context);
            }
            return engine.start(address);
        };
    }

    /** The host and port of an instance, as they stand in a URL. */
    static String address(ServiceInstance instance) {
        return ZkServiceInstance.address(instance);
    }
}
