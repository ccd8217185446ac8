package io.github.zklb.autoconfigure.properties;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.springcloud.KeySources;
import io.github.zklb.springcloud.RequestRoutes;
import io.github.zklb.traffic.Route;
import io.github.zklb.traffic.Route.Group;
import io.github.zklb.traffic.Route.Otherwise;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.springframework.boot.env.YamlPropertySourceLoader;
import org.springframework.cloud.client.loadbalancer.DefaultRequest;
import org.springframework.cloud.client.loadbalancer.Request;
import org.springframework.cloud.client.loadbalancer.RequestData;
import org.springframework.cloud.client.loadbalancer.RequestDataContext;
import org.springframework.core.env.StandardEnvironment;
import org.springframework.core.io.ByteArrayResource;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpMethod;
import org.springframework.util.LinkedMultiValueMap;

/** The routes of the guide to canary releases do what it says. */
class CanaryGuideTest {

    private static final Pattern ROUTES =
            Pattern.compile("(?s)```yaml\\n *(zk-lb\\.services\\.orders\\.routes:.*?)```");

    private static List<List<Route>> routes() throws IOException {
        Matcher blocks = ROUTES.matcher(Files.readString(Path.of("..", "docs", "guides", "canary.md")));
        List<List<Route>> all = new ArrayList<>();
        while (blocks.find()) {
            StandardEnvironment environment = new StandardEnvironment();
            String yaml = blocks.group(1).replaceAll("(?m)^ {3}(?=- name| {2})", "");
            new YamlPropertySourceLoader()
                    .load("guide", new ByteArrayResource(yaml.getBytes(StandardCharsets.UTF_8)))
                    .forEach(environment.getPropertySources()::addFirst);
            new PropertyKeys().check(environment);
            all.add(new ServicePropertiesBinder(environment)
                    .bind("orders")
                    .toSettings(key -> null)
                    .routes());
        }
        return all;
    }

    private static Request<?> request(String header, String value) {
        HttpHeaders headers = new HttpHeaders();
        headers.add(header, value);
        return new DefaultRequest<>(new RequestDataContext(new RequestData(
                HttpMethod.GET, URI.create("http://orders/"), headers, new LinkedMultiValueMap<>(), Map.of())));
    }

    @Test
    void nobodyComesToTheNewVersionUntilItsPartGrowsAndTestersDo() throws IOException {
        List<List<Route>> routes = routes();
        assertThat(routes).hasSize(2);
        KeySources sources = new KeySources(name -> request -> name);
        RequestRoutes before = new RequestRoutes(routes.get(0), sources);
        RequestRoutes after = new RequestRoutes(routes.get(1), sources);
        Group two = new Group("release-2", Map.of("version", "2"), Otherwise.BASE);
        long users = IntStream.range(0, 10_000)
                .mapToObj(user -> request("Cookie", "A=1; SESSION=" + user))
                .peek(user -> assertThat(before.explain(user, null, Set.of()).group())
                        .isNotNull()
                        .matches(Group::isBase))
                .filter(user -> two.equals(after.explain(user, null, Set.of()).group()))
                .count();
        assertThat(users).isBetween(400L, 600L);
        RequestRoutes.Found tester = after.explain(request("X-Canary", "true"), null, Set.of());
        assertThat(tester.route()).isNotNull().extracting(Route::name).isEqualTo("testers");
        assertThat(tester.group()).isEqualTo(new Group("testers", Map.of("version", "2"), Otherwise.BASE));
        assertThat(after.explain(request("X-Canary", "false"), null, Set.of()).because())
                .contains("chance decides");
    }
}
