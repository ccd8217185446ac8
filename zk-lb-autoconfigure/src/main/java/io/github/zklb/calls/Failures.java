package io.github.zklb.calls;

import io.github.zklb.InvalidSettingException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.http.HttpTimeoutException;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which ends of a call speak against the endpoint. Any other response is a success of the endpoint, so is a 4xx by default;
 * any other error is the caller's own, and says nothing of it. Immutable.
 *
 * @param statuses the HTTP statuses that do
 * @param errors the types of the errors that do, be it as a cause
 */
public record Failures(BitSet statuses, List<Class<? extends Throwable>> errors) {

    private static final Pattern RANGE = Pattern.compile("([1-5]\\d\\d)(?:-([1-5]\\d\\d))?");

    /** A status of 500 or above, a connection that is refused or breaks off, and a time-out. */
    public static final Failures DEFAULTS =
            of(List.of("500-599"), List.of(IOException.class.getName(), TimeoutException.class.getName()));

    /**
     * What Netty throws of the same kind as these types, by its name, since a client may do without Netty. WebClient shows
     * it as it is, where other clients make an I/O error of it.
     */
    private static final Map<Class<?>, Set<String>> NETTYS = Map.of(
            IOException.class,
            Set.of(
                    "io.netty.channel.ChannelException", // time-outs are among its subclasses
                    "io.netty.handler.codec.DecoderException",
                    "io.netty.handler.codec.http2.Http2Exception",
                    "reactor.netty.channel.AbortedException"),
            TimeoutException.class,
            Set.of("io.netty.handler.timeout.TimeoutException"));

    /** Causes further down are not looked at: a chain of causes can be a circle. */
    private static final int DEEPEST_CAUSE = 16;

    /** Copies what can change. */
    public Failures {
        statuses = (BitSet) statuses.clone();
        errors = List.copyOf(errors);
    }

    /**
     * The failures that a user names.
     *
     * @param statuses single statuses and ranges of them, such as {@code 429} and {@code 500-599}
     * @param errorTypes class names of errors
     * @throws InvalidSettingException if a status is none, or a class is not there or no error
     */
    public static Failures of(List<String> statuses, List<String> errorTypes) {
        BitSet all = new BitSet();
        statuses.forEach(range -> add(range.trim(), all));
        List<Class<? extends Throwable>> errors = new ArrayList<>();
        errorTypes.forEach(name -> errors.add(errorType(name.trim())));
        return new Failures(all, errors);
    }

    private static void add(String range, BitSet statuses) {
        Matcher bounds = RANGE.matcher(range);
        if (!bounds.matches()) {
            throw new InvalidSettingException(
                    "load.error-statuses", "a list of statuses and ranges, such as 429 or 500-599,", "'" + range + "'");
        }
        int first = Integer.parseInt(bounds.group(1));
        int last = bounds.group(2) == null ? first : Integer.parseInt(bounds.group(2));
        statuses.set(first, Math.max(first, last) + 1);
    }

    private static Class<? extends Throwable> errorType(String name) {
        try {
            ClassLoader ofApplication = Objects.requireNonNullElseGet(
                    Thread.currentThread().getContextClassLoader(), Failures.class::getClassLoader);
            return Class.forName(name, false, ofApplication).asSubclass(Throwable.class);
        } catch (ClassNotFoundException | LinkageError | ClassCastException e) {
            throw new InvalidSettingException(
                    "load.error-types", "a list of exception classes that are on the class path", "'" + name + "'");
        }
    }

    public boolean include(int status) {
        return statuses.get(status);
    }

    public boolean include(Throwable error) {
        return causes(error).anyMatch(this::includeItself);
    }

    /** The error and its causes, as far as they are looked at. */
    static Stream<Throwable> causes(Throwable error) {
        return Stream.<@Nullable Throwable>iterate(
                        error, Objects::nonNull, cause -> cause == null ? null : cause.getCause())
                .limit(DEEPEST_CAUSE)
                .map(Objects::requireNonNull);
    }

    /** Whether the client's own time-out was over before there was an answer, in the terms of any client. */
    static boolean isTimeOut(Throwable error) {
        return causes(error)
                .anyMatch(cause -> cause instanceof InterruptedIOException // a socket's, and that of a whole call
                        || cause instanceof HttpTimeoutException
                        || cause instanceof TimeoutException
                        || isNettys(cause, Objects.requireNonNull(NETTYS.get(TimeoutException.class))));
    }

    /** Whether the error itself is of one of the types, whatever caused it. */
    public boolean includeItself(Throwable error) {
        for (Class<? extends Throwable> type : errors) {
            if (type.isInstance(error) || isNettys(error, NETTYS.getOrDefault(type, Set.of()))) {
                return true;
            }
        }
        return false;
    }

    private static boolean isNettys(Throwable error, Set<String> names) {
        for (Class<?> type = error.getClass(); type != null && !names.isEmpty(); type = type.getSuperclass()) {
            if (names.contains(type.getName())) {
                return true;
            }
        }
        return false;
    }
}
