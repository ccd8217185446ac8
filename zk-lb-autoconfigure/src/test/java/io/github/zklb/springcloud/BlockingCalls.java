package io.github.zklb.springcloud;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import reactor.blockhound.BlockHound;
import reactor.blockhound.BlockingMethod;

/** The calls on event loops that blocked, as BlockHound finds them in this process; they are not kept from it. */
final class BlockingCalls {

    /** What Spring does at the first use of a service, on whatever thread that is. */
    private static final String CHILD_CONTEXT = "org.springframework.cloud.context.named.";

    private static final String OURS = "io.github.zklb.";

    private final Queue<Found> found = new ConcurrentLinkedQueue<>();

    private BlockingCalls() {}

    /** Begins to look for them, until the end of this process. */
    static BlockingCalls find() {
        BlockingCalls calls = new BlockingCalls();
        BlockHound.builder()
                .loadIntegrations()
                .blockingMethodCallback(method -> calls.add(method, new Throwable().getStackTrace()))
                .install();
        return calls;
    }

    private void add(BlockingMethod method, StackTraceElement[] stack) {
        boolean ours = Arrays.stream(stack)
                .map(StackTraceElement::getClassName)
                .filter(name -> !name.startsWith(BlockingCalls.class.getName()))
                .takeWhile(name -> !name.startsWith(CHILD_CONTEXT))
                .anyMatch(name -> name.startsWith(OURS));
        String frames = Arrays.stream(stack).map(StackTraceElement::toString).collect(Collectors.joining("\n    at "));
        found.add(new Found(ours, method + " on " + Thread.currentThread().getName() + "\n    at " + frames));
    }

    /** What blocked since the last call of this method. */
    List<Found> take() {
        List<Found> taken = new ArrayList<>();
        for (Found next = found.poll(); next != null; next = found.poll()) {
            taken.add(next);
        }
        return taken;
    }

    /**
     * A call that blocked.
     *
     * @param ours whether our code blocked, rather than Spring while it makes the beans of a service
     * @param where what blocked, and the stack
     */
    record Found(boolean ours, String where) {}
}
