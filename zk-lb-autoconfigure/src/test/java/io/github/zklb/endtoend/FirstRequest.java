package io.github.zklb.endtoend;

import io.github.zklb.testing.Consumer;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Objects;
import org.springframework.web.client.RestClient;

/**
 * The main class of a process that starts a consumer and sends one request. Arguments: ZooKeeper's address, the URL of a
 * provider that is called before without a balancer, or {@code none}, and properties.
 */
final class FirstRequest {

    static final String RESULT = "start and first request in microseconds: ";

    private FirstRequest() {}

    public static void main(String[] arguments) {
        String[] properties = Arrays.copyOfRange(arguments, 2, arguments.length);
        try (Consumer consumer = Consumer.start(arguments[0], properties)) {
            long started = 1_000 * ManagementFactory.getRuntimeMXBean().getUptime();
            if (!arguments[1].equals("none")) {
                Objects.requireNonNull(
                        RestClient.create().get().uri(arguments[1]).retrieve().body(String.class));
            }
            long begin = System.nanoTime();
            consumer.get("http://orders/");
            System.out.println(RESULT + started + " " + (System.nanoTime() - begin) / 1_000);
        }
    }
}
