package io.github.zklb.actuate;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.codec.Printable;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.engine.explain.Scenario;
import io.github.zklb.springcloud.KeySources;
import io.github.zklb.springcloud.RequestRoutes;
import io.github.zklb.strategy.KeyMap;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
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
 * @param route the route that it takes, and its group; null if the service has no routes
 * @param hash the 64 bits of its hash in hexadecimal digits, which stand for the key wherever one asks; null without a key
 * @param sector the part of the ring, or the slot of the table, that the key is in; null if no key matters, or there is none
 * @param explanation the stages and the endpoints; null before the service is loaded
 */
public record ExplainedRequest(
        int schema,
        String service,
        Key key,
        RouteDescription.@Nullable Choice route,
        @Nullable String hash,
        KeyMap.@Nullable Sector sector,
        @Nullable Explanation explanation) {

    /** The source of a key that is asked for as it is, and of one that is asked for by its hash. */
    private static final String ITSELF = "key";

    private static final String HASH = "hash";
    private static final int HEXADECIMAL = 16;

    /**
     * Where a request's hash key comes from.
     *
     * @param source the first source that has one; null if none has
     * @param present whether there is a key
     * @param triedSources the sources that were asked, in their order; all but the one that has it had none
     */
    public record Key(@Nullable String source, boolean present, List<String> triedSources) {}

    private record Found(@Nullable String key, @Nullable Long hash, Key trace) {}

    /**
     * What a caller tells of a request; each may be missing.
     *
     * @param key its hash key, whatever the sources would say
     * @param hash the hash of its key, instead of the key
     * @param headers lines such as {@code X-User-Id:7}
     * @param cookies pairs such as {@code SESSION=7}
     * @param path its path
     * @param query its query
     * @param tried the addresses that were tried before
     */
    record Question(
            @Nullable String key,
            @Nullable String hash,
            List<String> headers,
            List<String> cookies,
            @Nullable String path,
            @Nullable String query,
            List<String> tried) {

        private @Nullable Long hashed() {
            try {
                return hash == null ? null : Long.valueOf(Long.parseUnsignedLong(hash, HEXADECIMAL));
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException(
                        "hash must be up to 16 hexadecimal digits but was '" + Printable.of(hash) + "'", e);
            }
        }

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

    /**
     * Explains.
     *
     * @throws IllegalArgumentException if the question has a hash that is none
     */
    static ExplainedRequest of(ServiceEngine engine, KeySources sources, Question question, int most) {
        Found found = found(engine, sources, question);
        Long hash = found.hash();
        String key = found.key();
        Published now = engine.snapshots().published();
        Set<Endpoint> tried = new HashSet<>();
        for (Endpoint known : now.known().endpoints()) {
            if (question.tried().contains(known.address())) {
                tried.add(known);
            }
        }
        Scenario present = Scenario.present(engine, now);
        KeyMap keys = RingDescription.keys(now);
        RequestRoutes routes = new RequestRoutes(now.settings().routes(), sources);
        RequestRoutes.Found routed = routes.isEmpty() ? null : routes.explain(question.request(), hash);
        if (present != null && routed != null) {
            keys = present.of(routed.route(), routed.group()).keys();
        }
        return new ExplainedRequest(
                ZkLbEndpoint.SCHEMA,
                engine.serviceId(),
                found.trace(),
                routed == null ? null : RouteDescription.Choice.of(routed),
                hash == null ? null : HexFormat.of().toHexDigits(hash),
                hash == null || keys == null ? null : keys.sector(hash),
                present == null
                        ? null
                        : key == null && hash != null
                                ? present.explain(hash, tried, most)
                                : present.explain(new PickContext(key, tried), most));
    }

    private static Found found(ServiceEngine engine, KeySources sources, Question question) {
        Long hash = question.hashed();
        if (question.key() != null) {
            return found(question.key(), new Key(ITSELF, true, List.of()));
        }
        return hash != null
                ? new Found(null, hash, new Key(HASH, true, List.of()))
                : find(engine.settings().keySources(), sources, question.request());
    }

    private static Found found(String key, Key trace) {
        return new Found(key, KeyMap.hash(key), trace);
    }

    /** Asks the sources one by one, as the clients' requests ask them all. */
    private static Found find(List<String> names, KeySources sources, Request<?> request) {
        List<String> asked = new ArrayList<>();
        for (String name : names) {
            asked.add(name);
            String key = sources.firstOf(List.of(name)).resolve(request);
            if (key != null && !key.isEmpty()) {
                return found(key, new Key(name, true, asked));
            }
        }
        return new Found(null, null, new Key(null, false, asked));
    }
}
