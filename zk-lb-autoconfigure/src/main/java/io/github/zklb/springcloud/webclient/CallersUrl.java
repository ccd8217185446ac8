package io.github.zklb.springcloud.webclient;

import io.github.zklb.springcloud.InstanceUrls;
import java.net.URI;
import java.util.List;
import java.util.stream.Stream;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.loadbalancer.reactive.LoadBalancerClientRequestTransformer;
import org.springframework.web.reactive.function.client.ClientRequest;

/**
 * Puts the URL right that a stock filter of WebClient's has made, and which may be encoded twice (spring-cloud-commons #1192):
 * before all other transformers, from the one that the caller wrote.
 */
final class CallersUrl implements LoadBalancerClientRequestTransformer {

    /** The name under which the request's attributes hold the caller's URL. */
    static final String ATTRIBUTE = CallersUrl.class.getName();

    /** The transformers that a stock filter shall use. */
    static List<LoadBalancerClientRequestTransformer> before(List<LoadBalancerClientRequestTransformer> others) {
        return Stream.concat(Stream.of(new CallersUrl()), others.stream()).toList();
    }

    @Override
    public ClientRequest transformRequest(ClientRequest request, ServiceInstance instance) {
        URI url = (URI) request.attributes().get(ATTRIBUTE);
        return url == null
                ? request
                : ClientRequest.from(request)
                        .url(InstanceUrls.of(instance, url))
                        .attributes(attributes -> attributes.remove(ATTRIBUTE))
                        .build();
    }
}
