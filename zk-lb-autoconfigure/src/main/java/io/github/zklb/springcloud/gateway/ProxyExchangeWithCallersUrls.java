package io.github.zklb.springcloud.gateway;

import io.github.zklb.reports.LoadReport;
import io.github.zklb.springcloud.ClientExchange;
import io.github.zklb.springcloud.InstanceUrls;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.springframework.cloud.gateway.server.mvc.common.MvcUtils;
import org.springframework.cloud.gateway.server.mvc.handler.ProxyExchange;
import org.springframework.http.HttpHeaders;
import org.springframework.util.MultiValueMap;
import org.springframework.web.servlet.function.ServerRequest;
import org.springframework.web.servlet.function.ServerResponse;

/**
 * What sends a gateway's requests on WebMVC, given the URLs as the callers wrote them. The gateway takes each query apart into
 * parameters and writes it anew: in another order, encoded in another way, and with an equals sign where there was none
 * (spring-cloud-gateway #3197). A query whose parameters a filter has changed stays as the gateway writes it, and so does
 * whatever is not balanced.
 *
 * @param exchange what sends them
 */
record ProxyExchangeWithCallersUrls(ProxyExchange exchange) implements ProxyExchange {

    /** The attribute of a request that is to ask the instance for its own load. */
    static final String ASKS_FOR_LOAD = ProxyExchangeWithCallersUrls.class.getName();

    /** Who asks from outside asks the gateway, and not the instance behind it. */
    private static void askForLoad(HttpHeaders headers, boolean asks) {
        if (asks) {
            headers.set(LoadReport.ASKING_HEADER, LoadReport.TEXT);
        } else if (headers.containsHeader(LoadReport.ASKING_HEADER)) {
            headers.remove(LoadReport.ASKING_HEADER);
        }
    }

    @Override
    public RequestBuilder request(ServerRequest request) {
        return exchange.request(request);
    }

    @Override
    public ServerResponse exchange(Request request) {
        ServerRequest callers = request.getServerRequest();
        URI rewritten = request.getUri();
        askForLoad(request.getHeaders(), Boolean.TRUE.equals(MvcUtils.getAttribute(callers, ASKS_FOR_LOAD)));
        ClientExchange balanced = MvcUtils.getAttribute(callers, ClientExchange.ATTRIBUTE);
        if (balanced == null || rewritten == null || !parameters(rewritten).equals(parameters(callers.uri()))) {
            return exchange.exchange(request);
        }
        RequestBuilder restored = exchange.request(callers)
                .method(request.getMethod())
                .headers(request.getHeaders())
                .uri(InstanceUrls.of(rewritten.getScheme(), InstanceUrls.address(rewritten), callers.uri()));
        request.getResponseConsumers().forEach(restored::responseConsumer);
        return exchange.exchange(restored.build());
    }

    private static MultiValueMap<String, String> parameters(URI url) {
        MultiValueMap<String, String> parameters =
                MvcUtils.decodeQueryString(url.getRawQuery(), StandardCharsets.UTF_8);
        parameters.values().forEach(values -> values.replaceAll(value -> value == null ? "" : value));
        return parameters;
    }
}
