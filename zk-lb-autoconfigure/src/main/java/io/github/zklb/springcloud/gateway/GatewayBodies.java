package io.github.zklb.springcloud.gateway;

import io.github.zklb.calls.CountedCall;
import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestEvent;
import jakarta.servlet.ServletRequestListener;

/** Knows, in a gateway on WebMVC, the call whose response's body is passed on, and ends it with the request from outside. */
final class GatewayBodies implements ServletRequestListener {

    private static final String CALL = GatewayBodies.class.getName();

    /** The head of a response is there, whose body is passed on from now on. */
    static void answered(ServletRequest request, CountedCall call, int status) {
        call.answered(status, request);
        request.setAttribute(CALL, call);
    }

    /** Nobody passes on the body of an earlier attempt's response any more. */
    static void end(ServletRequest request) {
        if (request.getAttribute(CALL) instanceof CountedCall call) {
            call.bodyEnded();
            request.removeAttribute(CALL);
        }
    }

    @Override
    public void requestDestroyed(ServletRequestEvent event) {
        end(event.getServletRequest());
    }
}
