package io.github.zklb.actuate;

import static org.springframework.util.Assert.isTrue;

import io.github.zklb.Endpoint;
import io.github.zklb.PickContext;
import io.github.zklb.engine.Published;
import io.github.zklb.engine.ServiceEngine;
import io.github.zklb.engine.explain.Explanation;
import io.github.zklb.engine.explain.Scenario;
import io.github.zklb.springcloud.KeySources;
import io.github.zklb.springcloud.RequestRoutes;
import io.github.zklb.strategy.KeyMap;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.web.util.UriUtils;

/**
 * Where a request would go, and why.
 *
 * @param schema the version of this form
 * @param service the service's id
 * @param snapshot the number of the snapshot that it is of, as {@code zk.lb.snapshot.rebuild} counts them
 * @param key where the hash key comes from; its value is not told
 * @param route the route that it takes, and its group; null if the service has no routes
 * @param hash the 64 bits of its hash in hexadecimal digits, which stand for the key wherever one asks; null without a key
 * @param sector the part of the ring, or the slot of the table, that the key is in; null if no key matters, or there is none
 * @param explanation the stages and the endpoints; null before the service is loaded
 */
public record ExplainedRequest(
        int schema,
        String service,
        long snapshot,
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
     * What a caller tells of a request; each may be missing, and what is empty counts as missing. No message repeats what may be
     * a key.
     *
     * @param key its hash key, whatever the sources would say
     * @param hash the hash of its key, instead of the key
     * @param method its method; GET if it is missing
     * @param headers lines such as {@code X-User-Id:7}
     * @param cookies pairs such as {@code SESSION=7}
     * @param path its path, as it is in the URL; what is not allowed there is encoded
     * @param query its query, in the same way
     * @param tried the addresses that were tried before
     */
    record Question(
            @Nullable String key,
            @Nullable String hash,
            @Nullable String method,
            List<String> headers,
            List<String> cookies,
            @Nullable String path,
            @Nullable String query,
            List<String> tried) {

        private static final Pattern HASHED = Pattern.compile("[0-9a-fA-F]{1,16}");
        private static final Pattern ESCAPED = Pattern.compile("%[0-9a-fA-F]{2}|[^%]+|%");

        Question {
            key = given(key);
            hash = given(hash);
            method = given(method);
            path = given(path);
            query = given(query);
        }

        private static @Nullable String given(@Nullable String text) {
            return text == null || text.isEmpty() ? null : text;
        }

        private @Nullable Long hashed() {
            if (hash == null) {
                return null;
            }
            isTrue(
                    HASHED.matcher(hash).matches(),
                    "hash must be up to 16 hexadecimal digits, and what was given is not");
            return Long.parseUnsignedLong(hash, HEXADECIMAL);
        }

        private Request<?> request() {
            HttpHeaders all = new HttpHeaders();
            for (String line : headers) {
                int colon = line.indexOf(':');
                isTrue(colon > 0, "header must be NAME:VALUE, and what was given has no name or no colon");
                all.add(
                        line.substring(0, colon).trim(),
                        line.substring(colon + 1).trim());
            }
            for (String pair : cookies) {
                isTrue(pair.indexOf('=') > 0, "cookie must be NAME=VALUE, and what was given has no name or no '='");
                all.add(HttpHeaders.COOKIE, pair);
            }
            return new DefaultRequest<>(new RequestDataContext(new RequestData(
                    method == null ? HttpMethod.GET : HttpMethod.valueOf(method.toUpperCase(Locale.ROOT)),
                    uri(),
                    all,
                    new LinkedMultiValueMap<>(),
                    Map.of())));
        }

        private URI uri() {
            String of = path == null ? "/" : path;
            isTrue(
                    of.startsWith("/") && of.indexOf('?') < 0 && of.indexOf('#') < 0,
                    "path must begin with '/' and end before any '?' or '#'; what stands behind a '?' is given as query=");
            String known = "http://service" + encoded(of, UriUtils::encodePath);
            return URI.create(query == null ? known : known + '?' + encoded(query, UriUtils::encodeQuery));
        }

        /** With everything encoded that a client could not send as it is, such as a space or a percent sign. */
        private static String encoded(String text, BinaryOperator<String> by) {
            return ESCAPED.matcher(text)
                    .replaceAll(part -> Matcher.quoteReplacement(
                            part.group().matches("%..") ? part.group() : by.apply(part.group(), "UTF-8")));
        }

        /** The endpoints among those known that were tried. */
        private Set<Endpoint> tried(Collection<Endpoint> known) {
            Map<String, Endpoint> byAddress = new HashMap<>();
            known.forEach(each -> byAddress.put(each.address(), each));
            Set<Endpoint> all = new HashSet<>();
            for (String each : tried) {
                String address = RehearsedChange.Question.address("tried", each);
                Endpoint endpoint = byAddress.get(address);
                isTrue(endpoint != null, address + " is not there to have been tried");
                all.add(Objects.requireNonNull(endpoint));
            }
            return all;
        }
    }

    /**
     * Explains.
     *
     * @throws IllegalArgumentException if the question has something that is none
     */
    static ExplainedRequest of(ServiceEngine engine, KeySources sources, Question question, int most) {
        Found found = found(engine, sources, question);
        Long hash = found.hash();
        String key = found.key();
        Published now = engine.snapshots().published();
        Scenario present = Scenario.present(engine, now);
        Set<Endpoint> tried =
                present == null ? Set.of() : question.tried(now.known().endpoints());
        KeyMap keys = RingDescription.keys(now);
        RequestRoutes routes = new RequestRoutes(now.settings().routes(), sources);
        RequestRoutes.Found routed = routes.isEmpty() ? null : routes.explain(question.request(), hash, tried);
        if (present != null && routed != null) {
            keys = present.of(routed.route(), routed.group()).keys();
        }
        return new ExplainedRequest(
                ZkLbEndpoint.SCHEMA,
                engine.serviceId(),
                now.rebuilds().count(),
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
