package io.github.zklb.springcloud;

import java.util.Map;

/** The hint of a request, as {@code spring.cloud.loadbalancer.hint.*} gives it and every client of Spring's reads it. */
public final class Hints {

    private static final String DEFAULT = "default";

    private Hints() {}

    public static String of(String serviceId, Map<String, String> hints) {
        String hint = hints.get(serviceId);
        return hint != null ? hint : hints.getOrDefault(DEFAULT, DEFAULT);
    }
}
