package io.github.zklb.traffic;

import java.util.function.Consumer;

/**
 * A call, and which of its ends speak against the endpoint. It ends once, with the first of the methods that is called.
 *
 * @param call the call
 * @param failures the ends that speak against the endpoint
 * @param address where it goes
 * @param refused is told the address if the connection is refused
 */
public record CountedCall(Call call, Failures failures, String address, Consumer<String> refused) {

    /** It brought a response. */
    public void end(int status) {
        if (failures.include(status)) {
            call.failed();
        } else {
            call.succeeded();
        }
    }

    /** It brought none. */
    public void end(Throwable error) {
        if (failures.include(error)) {
            call.failed();
        } else {
            call.cancelled();
        }
        tellRefusal(error);
    }

    private void tellRefusal(Throwable error) {
        if (Refusal.isCauseOf(error)) {
            refused.accept(address);
        }
    }
}
