package io.github.zklb.springcloud.blocking;

import io.github.zklb.calls.ConnectFailure;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.client.ClientHttpRequestExecution;
import org.springframework.util.ClassUtils;

/**
 * Who failed to connect, once a request was passed on through the interceptors that a user adds: one of these may have got an
 * answer, and go for a new token then. Such an error names no address. But it shows how its thread came there: at the end of
 * the interceptors, where Spring sends the request to the instance, or out of an interceptor. Clients that connect on threads of
 * their own show nothing.
 */
enum Thrower {
    /** The request to the instance. */
    INSTANCE,
    /** An interceptor, by itself. */
    INTERCEPTOR,
    /** Nobody knows which of the two. */
    UNKNOWN;

    private static final String END =
            "org.springframework.http.client.InterceptingClientHttpRequest$EndOfChainRequestExecution";

    /** Without that class a stack trace tells nothing: in another version of Spring it may have another name. */
    private static final boolean END_IS_KNOWN = ClassUtils.isPresent(END, Thrower.class.getClassLoader());

    /** The client of the JDK that blocks connects on another thread, and tells by an error of its own on the caller's. */
    private static final String JDKS_CLIENT = "jdk.internal.net.http.";

    /** Causes further down are not looked at: a chain of causes can be a circle. */
    private static final int DEEPEST_CAUSE = 16;

    /**
     * Who threw an error. Other errors than those of connecting are the instance's.
     *
     * @param next what follows the interceptor that balances
     */
    static Thrower of(Exception error, ClientHttpRequestExecution next) {
        if (!END_IS_KNOWN || next.getClass().getName().equals(END) || !ConnectFailure.isWithoutConnection(error)) {
            return INSTANCE;
        }
        List<Thrower> all = new ArrayList<>();
        Throwable cause = error;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++) {
            StackTraceElement[] trace = cause.getStackTrace();
            all.add(of(trace));
            if (all.get(depth) == INTERCEPTOR && trace[0].getClassName().startsWith(JDKS_CLIENT)) {
                return INTERCEPTOR;
            }
            cause = cause.getCause();
        }
        return all.contains(INSTANCE) ? INSTANCE : all.contains(UNKNOWN) ? UNKNOWN : INTERCEPTOR;
    }

    /** A balanced call within another is not told apart from it. */
    private static Thrower of(StackTraceElement[] trace) {
        int balanced = 0;
        boolean sent = false;
        boolean within = false;
        for (StackTraceElement frame : trace) {
            sent |= frame.getClassName().equals(END);
            boolean applies = frame.getClassName().equals(InterceptedRequest.class.getName())
                    && frame.getMethodName().equals("apply");
            balanced += applies && !within ? 1 : 0; // the compiler may have made one call of two
            within = applies;
        }
        return balanced != 1 ? UNKNOWN : sent ? INSTANCE : INTERCEPTOR;
    }
}
