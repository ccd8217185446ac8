package io.github.zklb.springcloud;

import org.jspecify.annotations.Nullable;
import reactor.util.context.ContextView;

/** Counts the calls that Spring's clients send. */
@FunctionalInterface
public interface CallCounter {

    /**
     * A request is sent. Whoever asks must end the call, whatever becomes of the request.
     *
     * @param serviceId the service
     * @param address the host and port that the request is sent to, as they stand in its URL
     * @param context what the request's subscriber passes along; nothing for a request that blocks
     * @return the call, or null if it is not counted: the service or the address is not ours
     */
    @Nullable CountedCall start(String serviceId, String address, ContextView context);
}
