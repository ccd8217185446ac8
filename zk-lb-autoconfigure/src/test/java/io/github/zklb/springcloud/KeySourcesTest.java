package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.zklb.InvalidSettingException;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.LinkedMultiValueMap;
import org.springframework.util.MultiValueMap;

@SuppressWarnings("NullAway") // what a test has prepared is there
class KeySourcesTest {

    private final HttpHeaders headers = new HttpHeaders();
    private final MultiValueMap<String, String> cookies = new LinkedMultiValueMap<>();

    @ParameterizedTest
    @CsvSource({
        "header:X-User-Id, ada",
        "header:x-user-id, ada",
        "query:user, b o+b",
        "query:empty,",
        "query:none,",
        "path, /v1/a%2Fb/c",
        "path:0, v1",
        "path:1, a/b",
        "path:2, c",
        "path:3,",
        "method, GET",
        "attribute:tenant, 7",
        "attribute:none,",
        "bean:mine, from the bean"
    })
    void eachSourceReadsItsPartOfTheRequest(String source, @Nullable String key) {
        headers.set("X-User-Id", "ada");
        assertThat(key(List.of(source), "http://orders/v1/a%2Fb/c?x=1&user=b%20o+b&empty=&user=second"))
                .isEqualTo(key);
    }

    @Test
    void theFirstSourceThatIsPresentCounts() {
        headers.set("X-User-Id", "");
        assertThat(key(List.of("header:X-User-Id", "cookie:S", "query:user"), "http://orders/?user=bob"))
                .as("an empty value counts as absent")
                .isEqualTo("bob");
    }

    @Test
    void cookieIsReadFromTheHeaderWhateverMapTheClientMadeOfIt() {
        headers.set("Cookie", "A=1; SESSION = s=2 ;B=3");
        cookies.set("A", "[1; SESSION]");
        assertThat(key(List.of("cookie:SESSION"), "http://orders/")).isEqualTo("s=2");
        assertThat(key(List.of("cookie:A"), "http://orders/")).isEqualTo("1");
    }

    @Test
    void cookieIsReadFromTheMapWhereThereIsNoHeader() {
        cookies.set("SESSION", "s1");
        assertThat(key(List.of("cookie:SESSION"), "http://orders/")).isEqualTo("s1");
    }

    @Test
    void theCookiesOfTheHeadersAndOfTheMapAreOneSetInTheOrderInWhichTheyAreSent() {
        headers.addAll("Cookie", List.of("A=1", "B=2"));
        cookies.set("B", "map");
        cookies.set("C", "3");
        assertThat(Stream.of("A", "B", "C", "D").map(this::cookie)).containsExactly("1", "2", "3", null);
    }

    /** RFC 6265, sections 4.1.1, 4.2 and 5.4, and what clients send all the same. */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "S=a; S=b | a",
                "s=a; S=b | b",
                "XS=a; S=b | b",
                "S=\"a b\"; T=c | \"a b\"",
                "S=\" | \"",
                "S=a=b==; T=c | a=b==",
                "S = a\t;T=c | a",
                "T=c;S=a | a",
                "T=c;; S=a; | a",
                "S; S=a | a",
                "=x; S=a | a",
                "S=a,T=c | a,T=c",
                "S=a%20b+c | a%20b+c",
                "S=; S=a | ",
                "S | ",
                "=S | ",
                "T=S=a | "
            })
    void aCookieIsReadAsItsSpecificationHasIt(String header, @Nullable String value) {
        headers.set("cookie", header.replace("\\t", "\t"));
        assertThat(cookie("S")).isEqualTo(value);
        assertThat(inTheMap().getFirst("S")).isEqualTo(header.startsWith("S=;") ? "" : value);
    }

    @Test
    void suppliersFindAllCookiesInTheMap() {
        headers.addAll("Cookie", List.of("A=1; B=2", "A=3"));
        cookies.addAll("B", List.of("map", "map"));
        cookies.set("C", "4");
        assertThat(inTheMap())
                .isEqualTo(new LinkedMultiValueMap<>(
                        Map.of("A", List.of("1", "3"), "B", List.of("2"), "C", List.of("4"))));
    }

    @Test
    void aRequestWithoutHttpDataHasNoKey() {
        assertThat(new KeySources(KeySourcesTest::bean)
                        .firstOf(List.of("path", "header:X"))
                        .resolve(new DefaultRequest<>()))
                .isNull();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"hedaer:X", "header", "header:", "path:", "path:x", "path:-1", "method:GET", "", "bean", ":x"})
    void whatIsNoSourceIsRefusedByName(String source) {
        assertThatThrownBy(() -> new KeySources(KeySourcesTest::bean).firstOf(List.of(source)))
                .isInstanceOf(InvalidSettingException.class)
                .hasMessageStartingWith("zk-lb.consistent-hash.key must be ")
                .hasMessageContaining("'" + source + "'");
    }

    private @Nullable String key(List<String> sources, String url) {
        RequestData data = new RequestData(HttpMethod.GET, URI.create(url), headers, cookies, Map.of("tenant", 7));
        Request<?> request = new DefaultRequest<>(new RequestDataContext(data));
        return new KeySources(KeySourcesTest::bean).firstOf(sources).resolve(request);
    }

    private @Nullable String cookie(String name) {
        return key(List.of("cookie:" + name), "http://orders/");
    }

    private MultiValueMap<String, String> inTheMap() {
        RequestData data = new RequestData(HttpMethod.GET, URI.create("http://orders/"), headers, cookies, Map.of());
        Request<?> request = Cookies.inTheMap(new DefaultRequest<>(new RequestDataContext(data)));
        return ((RequestDataContext) request.getContext()).getClientRequest().getCookies();
    }

    private static HashKeyResolver bean(String name) {
        return request -> "from the bean";
    }
}
