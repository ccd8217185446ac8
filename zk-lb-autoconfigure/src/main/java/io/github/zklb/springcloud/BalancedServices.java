package io.github.zklb.springcloud;

import java.net.URI;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Names the services that one kind of client calls, as far as they are known before the first call. Makes no client. A bean
 * whose method is static is asked while code is generated ahead of time, too.
 */
@FunctionalInterface
public interface BalancedServices {

    /** The ids of the services. */
    Set<String> serviceIds();

    /** Hands on the service that a gateway's route names: {@code lb://orders}, or {@code lb:ws://orders}. */
    static void ofRoute(@Nullable URI route, Consumer<String> serviceIds) {
        if (route != null && "lb".equalsIgnoreCase(route.getScheme())) {
            String host = route.isOpaque()
                    ? URI.create(route.getRawSchemeSpecificPart()).getHost()
                    : route.getHost();
            if (host != null) {
                serviceIds.accept(host);
            }
        }
    }
}
