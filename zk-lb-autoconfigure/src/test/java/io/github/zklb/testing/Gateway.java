package io.github.zklb.testing;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;

/**
 * The two kinds of Spring Cloud Gateway, each with an application as a user writes it. It sends {@code /SERVICE/any/path} to
 * {@code /any/path} of a service, and of these {@code /orders/any/path} by a route from the properties. A header
 * {@code X-Attribute-NAME} becomes an attribute of the request.
 */
public enum Gateway {
    WEBFLUX("webflux", "org.springframework.cloud.gateway.", WebApplicationType.REACTIVE, WebFluxGateway.class),
    WEBMVC("webmvc", "org.springframework.cloud.gateway.server.mvc.", WebApplicationType.SERVLET, WebMvcGateway.class);

    /** The property that says how often at most a request is tried. */
    public static final String ATTEMPTS = "test.attempts";

    /** The header that becomes an attribute, without the attribute's name. */
    public static final String ATTRIBUTE_HEADER = "X-Attribute-";

    /**
     * Reactor Netty's server may never read a connection again on which a request came in before the response to the one
     * before had quite ended (reactor-netty #4361): each connection is for one request. Tomcat heeds a setting of its own.
     */
    private static final String NO_KEEP_ALIVE = "server.netty.max-keep-alive-requests=1";

    private final String module;
    private final String packagePrefix;
    private final WebApplicationType type;
    private final Class<?> application;

    Gateway(String module, String packagePrefix, WebApplicationType type, Class<?> application) {
        this.module = module;
        this.packagePrefix = packagePrefix;
        this.type = type;
        this.application = application;
    }

    /** The gateway that an auto-configuration belongs to, or null if it is none of a gateway. */
    static @Nullable Gateway ofAutoConfiguration(String name) {
        return name.startsWith(WEBMVC.packagePrefix) ? WEBMVC : name.startsWith(WEBFLUX.packagePrefix) ? WEBFLUX : null;
    }

    /** The name of a property of this gateway. */
    public String property(String name) {
        return "spring.cloud.gateway.server." + module + '.' + name;
    }

    /** Starts the application on a free port. */
    public ConfigurableApplicationContext start(String connectString, String... properties) {
        return start(connectString, new Class<?>[0], properties);
    }

    /** Starts the application on a free port, with configuration classes of the test's own. */
    public ConfigurableApplicationContext start(String connectString, Class<?>[] configuration, String... properties) {
        List<String> all = new ArrayList<>(List.of(
                GatewaySwitch.PROPERTY + '=' + name(),
                property("routes[0].id") + "=orders",
                property("routes[0].uri") + "=lb://orders",
                property("routes[0].order") + "=-1",
                property("routes[0].predicates[0]") + "=Path=/orders/**",
                property("routes[0].filters[0]") + "=StripPrefix=1",
                "spring.cloud.zookeeper.connect-string=" + connectString,
                "spring.cloud.service-registry.auto-registration.enabled=false",
                "spring.web.error.include-message=always",
                "server.port=0",
                NO_KEEP_ALIVE,
                "spring.main.banner-mode=off"));
        all.addAll(List.of(properties));
        return new SpringApplicationBuilder(application)
                .sources(configuration)
                .web(type)
                .properties(all.toArray(String[]::new))
                .run();
    }

    /** The base URL of a running one. */
    public static String url(ConfigurableApplicationContext context) {
        return "http://127.0.0.1:" + context.getEnvironment().getRequiredProperty("local.server.port");
    }
}
