package io.github.zklb.testing;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.autoconfigure.AutoConfigurationImportFilter;
import org.springframework.boot.autoconfigure.AutoConfigurationMetadata;
import org.springframework.context.EnvironmentAware;
import org.springframework.core.env.Environment;

/**
 * Keeps both gateways, which are on every test's class path, out of every application but one that asks for one of them by
 * {@code test.gateway=WEBFLUX} or {@code WEBMVC}. A user has at most one of them.
 */
final class GatewaySwitch implements AutoConfigurationImportFilter, EnvironmentAware {

    /** The property that names a {@link Gateway}. */
    static final String PROPERTY = "test.gateway";

    private @Nullable Gateway wanted;

    @Override
    public void setEnvironment(Environment environment) {
        wanted = environment.getProperty(PROPERTY, Gateway.class);
    }

    @Override
    public boolean[] match(@Nullable String[] names, AutoConfigurationMetadata metadata) {
        boolean[] match = new boolean[names.length];
        Arrays.fill(match, true);
        for (int i = 0; i < names.length; i++) {
            Gateway gateway = names[i] == null ? null : Gateway.ofAutoConfiguration(names[i]);
            match[i] = gateway == null || gateway == wanted;
        }
        return match;
    }
}
