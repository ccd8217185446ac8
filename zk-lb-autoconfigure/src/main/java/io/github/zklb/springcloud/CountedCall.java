package io.github.zklb.springcloud;

import io.github.zklb.resilience.Call;

/**
 * A call, and which of its ends speak against the endpoint. It ends once, with the first of the methods that is called.
 *
 * @param call the call
 * @param failures the ends that speak against the endpoint
 */
record CountedCall(Call call, Failures failures) {

    /** It brought a response. */
    void end(int status) {
        if (failures.include(status)) {
            call.failed();
        } else {
            call.succeeded();
        }
    }

    /** It brought none. */
    void end(Throwable error) {
        if (failures.include(error)) {
            call.failed();
        } else {
            call.cancelled();
        }
    }
}
