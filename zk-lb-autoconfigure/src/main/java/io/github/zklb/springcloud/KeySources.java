package io.github.zklb.springcloud;

import io.github.zklb.InvalidSettingException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.util.StringUtils;

/**
 * The sources a hash key can come from, by the names that {@code zk-lb.consistent-hash.key} and the routes give them. Every
 * client must find the same key in the same request. Parts of a URI are percent-decoded after they are cut out, so that {@code %2F} cuts
 * nothing.
 */
public final class KeySources {

    private final Function<String, HashKeyResolver> beans;

    /**
     * Key sources of an application.
     *
     * @param beans finds the resolver bean of a name, for {@code bean:NAME}; throws for an unknown name
     */
    public KeySources(Function<String, HashKeyResolver> beans) {
        this.beans = beans;
    }

    /** What a key source reads from the data of an HTTP request. */
    private interface DataKey {
        @Nullable String of(RequestData data);
    }

    /**
     * The resolver that tries the given sources in order.
     *
     * @param sources the sources, such as {@code header:X-User-Id}
     * @throws InvalidSettingException if a source is none of the known ones
     */
    public HashKeyResolver firstOf(List<String> sources) {
        return firstOf("consistent-hash.key", sources);
    }

    /** The same for the sources that another property has. */
    HashKeyResolver firstOf(String property, List<String> sources) {
        HashKeyResolver[] resolvers =
                sources.stream().map(source -> source(property, source)).toArray(HashKeyResolver[]::new);
        return request -> {
            for (HashKeyResolver resolver : resolvers) {
                String key = resolver.resolve(request);
                if (key != null && !key.isEmpty()) {
                    return key;
                }
            }
            return null;
        };
    }

    /**
     * One source.
     *
     * @param property the property that names it
     * @throws InvalidSettingException if it is none of the known ones
     */
    HashKeyResolver source(String property, String source) {
        try {
            return parse(source.trim());
        } catch (InvalidSettingException invalid) {
            throw new InvalidSettingException(property, invalid.requirement(), invalid.value());
        }
    }

    private HashKeyResolver parse(String source) {
        int end = source.indexOf(':') + 1;
        String kind = end == 0 ? source : source.substring(0, end);
        String argument = source.substring(end);
        return switch (argument.isEmpty() ? "" : kind) {
            case "header:" -> header(argument);
            case "cookie:" -> ofData(data -> Cookies.first(data, argument));
            case "query:" -> ofData(data -> queryParameter(data.getUrl(), argument));
            case "path:" -> pathSegment(argument);
            case "attribute:" -> ofData(data -> attribute(data, argument));
            case "bean:" -> beans.apply(argument);
            case "path" -> ofData(data -> data.getUrl().getRawPath());
            case "method" -> ofData(data -> data.getHttpMethod().name());
            default ->
                throw new InvalidSettingException(
                        "consistent-hash.key",
                        "a list of header:NAME, cookie:NAME, query:NAME, path, path:N (a segment, from 0), method, "
                                + "attribute:NAME or bean:NAME",
                        "'" + source + "'");
        };
    }

    private static HashKeyResolver ofData(DataKey key) {
        return request ->
                request.getContext() instanceof RequestDataContext context && context.getClientRequest() != null
                        ? key.of(context.getClientRequest())
                        : null;
    }

    private static HashKeyResolver pathSegment(String index) {
        if (!index.matches("\\d{1,3}")) {
            throw new InvalidSettingException(
                    "consistent-hash.key", "path:N with the number of a segment, 0 to 999,", "'path:" + index + "'");
        }
        int segment = Integer.parseInt(index);
        return ofData(data -> pathSegment(data.getUrl(), segment));
    }

    /** The name of a header in the form in which Spring's headers look it up, which they would else make at each request. */
    private static HashKeyResolver header(String name) {
        String lowerCase = name.toLowerCase(Locale.ROOT);
        return ofData(
                data -> data.getHeaders() == null ? null : data.getHeaders().getFirst(lowerCase));
    }

    private static @Nullable String attribute(RequestData data, String name) {
        Object value =
                data.getAttributes() == null ? null : data.getAttributes().get(name);
        return value == null ? null : value.toString();
    }

    /** The first value of a query parameter, or null if the query has none of that name. A plus sign stays one. */
    private static @Nullable String queryParameter(URI uri, String name) {
        String query = uri.getRawQuery();
        if (query == null) {
            return null;
        }
        for (String pair : query.split("&")) {
            int equals = pair.indexOf('=');
            String key = equals < 0 ? pair : pair.substring(0, equals);
            if (decode(key).equals(name)) {
                return equals < 0 ? "" : decode(pair.substring(equals + 1));
            }
        }
        return null;
    }

    /** The segment of the path at an index from 0, or null if the path is shorter. */
    private static @Nullable String pathSegment(URI uri, int index) {
        String path = uri.getRawPath();
        if (path == null) {
            return null;
        }
        int start = path.startsWith("/") ? 1 : 0;
        for (int i = 0; i < index; i++) {
            start = path.indexOf('/', start) + 1;
            if (start == 0) {
                return null;
            }
        }
        int end = path.indexOf('/', start);
        return decode(path.substring(start, end < 0 ? path.length() : end));
    }

    private static String decode(String part) {
        return StringUtils.uriDecode(part, StandardCharsets.UTF_8);
    }
}
