package io.github.zklb.actuate;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.springcloud.KeySources;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.LinkedMultiValueMap;

/**
 * Where a request would go, and why.
 *
 * @param schema the version of this form
 * @param service the service's id
 * @param key where the hash key comes from; its value is not told
 * @param explanation the stages and the endpoints; null before the service is loaded
 */
public record ExplainedRequest(
        int schema, String service, Key key, @Nullable Explanation explanation) {

    /** The source of a key that is asked for as it is. */
    private static final String ITSELF = "key";

    /**
     * Where a request's hash key comes from.
     *
     * @param source the first source that has one; null if none has
     * @param present whether there is a key
     * @param triedSources the sources that were asked, in their order
     */
    public record Key(@Nullable String source, boolean present, List<String> triedSources) {}

    private record Found(@Nullable String key, Key trace) {}

    /**
     * What a caller tells of a request; each may be missing.
     *
     * @param key its hash key, whatever the sources would say
     * @param headers lines such as {@code X-User-Id:7}
     * @param cookies pairs such as {@code SESSION=7}
     * @param path its path
     * @param query its query
     * @param tried the addresses that were tried before
     */
    record Question(
            @Nullable String key,
            List<String> headers,
            List<String> cookies,
            @Nullable String path,
            @Nullable String query,
            List<String> tried) {

        private Request<?> request() {
            HttpHeaders all = new HttpHeaders();
            headers.forEach(line -> {
                int colon = line.indexOf(':');
                all.add(
                        line.substring(0, Math.max(colon, 0)).trim(),
                        line.substring(colon + 1).trim());
            });
            cookies.forEach(pair -> all.add(HttpHeaders.COOKIE, pair));
            URI uri = URI.create("http://service" + (path == null ? "/" : path) + (query == null ? "" : '?' + query));
            return new DefaultRequest<>(new RequestDataContext(
                    new RequestData(HttpMethod.GET, uri, all, new LinkedMultiValueMap<>(), Map.of())));
        }
    }

    static ExplainedRequest of(ServiceEngine engine, KeySources sources, Question question, int most) {
        Found found = question.key() == null
                ? find(engine.settings().keySources(), sources, question.request())
                : new Found(question.key(), new Key(ITSELF, true, List.of()));
        Set<Endpoint> tried = new HashSet<>();
        for (Endpoint known : engine.snapshots().known().endpoints()) {
            if (question.tried().contains(known.address())) {
                tried.add(known);
            }
        }
        return new ExplainedRequest(
                ZkLbEndpoint.SCHEMA,
                engine.serviceId(),
                found.trace(),
                Explanation.of(engine, new PickContext(found.key(), tried), most));
    }

    /** Asks the sources one by one, as the clients' requests ask them all. */
    private static Found find(List<String> names, KeySources sources, Request<?> request) {
        List<String> asked = new ArrayList<>();
        for (String name : names) {
            asked.add(name);
            String key = sources.firstOf(List.of(name)).resolve(request);
            if (key != null && !key.isEmpty()) {
                return new Found(key, new Key(name, true, asked));
            }
        }
        return new Found(null, new Key(null, false, asked));
    }
}
