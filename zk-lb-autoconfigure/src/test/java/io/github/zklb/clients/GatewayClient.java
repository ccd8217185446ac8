package io.github.zklb.clients;

import io.github.zklb.testing.Gateway;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.http.HttpHeaders;

/** The gateways: what is sent to them from outside goes on to the service. */
enum GatewayClient implements ClientKind {
    ON_WEBFLUX("Gateway on WebFlux", Gateway.WEBFLUX),
    ON_WEBMVC("Gateway on WebMVC", Gateway.WEBMVC);

    private static final HttpClient http = HttpClient.newHttpClient();

    private final String title;
    private final ClientApplication application;

    GatewayClient(String title, Gateway gateway) {
        this.title = title;
        this.application = (connectString, properties) ->
                gateway.start(connectString, new Class<?>[] {KeyBeans.class}, properties.toArray(String[]::new));
    }

    @Override
    public String title() {
        return title;
    }

    @Override
    public ClientApplication application() {
        return application;
    }

    @Override
    public BalancedClient client(ConfigurableApplicationContext context) {
        return (serviceId, request) -> {
            URI uri = request.uri(serviceId);
            String query = uri.getRawQuery() == null ? "" : '?' + uri.getRawQuery();
            HttpRequest.Builder sent = HttpRequest.newBuilder(
                            URI.create(Gateway.url(context) + '/' + serviceId + uri.getRawPath() + query))
                    .method(request.method().name(), HttpRequest.BodyPublishers.noBody());
            request.headersWithCookies().forEach((name, values) -> sent.header(name, values.get(0)));
            request.attributes()
                    .forEach((name, value) -> sent.header(Gateway.ATTRIBUTE_HEADER + name, value.toString()));
            HttpResponse<String> response = http.send(sent.build(), HttpResponse.BodyHandlers.ofString());
            HttpHeaders headers = new HttpHeaders();
            response.headers().map().forEach(headers::put);
            return Answer.of(response.statusCode(), headers, response.body());
        };
    }

    @Override
    public List<String> twoRetries() {
        return List.of(Gateway.ATTEMPTS + "=3");
    }
}
