package io.github.zklb.clients;

import io.github.zklb.testing.Provider;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;

/**
 * What a request brought.
 *
 * @param status the HTTP status
 * @param provider the name of the provider that answered, or an empty string if none did
 * @param body the body
 */
public record Answer(int status, String provider, String body) {

    /** The answer that a response is. */
    public static Answer of(int status, @Nullable HttpHeaders headers, @Nullable String body) {
        String provider = headers == null ? null : headers.getFirst(Provider.NAME_HEADER);
        return new Answer(status, provider == null ? "" : provider, body == null ? "" : body);
    }
}
