package io.github.zklb.sample.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DemoTest {

    private static final String JSON = "application/json";

    @Test
    void showsWhatItPromisesAndCanThenBePlayedWith() throws Exception {
        DemoSettings settings = new DemoSettings(false, 1_200, 200, Duration.ofSeconds(2));
        try (Demo demo = new Demo(settings)) {
            Report report = demo.run(0);

            assertThat(report.passed()).as("%s", report).isTrue();
            assertThat(report.toString()).contains("(a) ", "(b) ", "(c) ", "(d) ");

            URI page = URI.create(demo.url());
            assertThat(send(page, "GET /actuator/zklbpage", page.getAuthority(), JSON, ""))
                    .startsWith("HTTP/1.1 200");
            assertThat(send(page, "GET /play", page.getAuthority(), JSON, ""))
                    .contains("\"balancer\":\"zk-lb\"", "\"balancer\":\"stock\"");
            onlyTheSamplesOwnPageMayPressTheButtons(page);
            aKilledProviderIsNotSentAnyRequests(page);
        }
    }

    private static void onlyTheSamplesOwnPageMayPressTheButtons(URI page) throws IOException {
        String stop = "{\"action\":\"STOP_ZOOKEEPER\"}";
        assertThat(send(page, "POST /play", "rebound.example:" + page.getPort(), JSON, stop))
                .startsWith("HTTP/1.1 403");
        assertThat(send(page, "POST /play", page.getAuthority(), "text/plain", stop))
                .startsWith("HTTP/1.1 415");
        assertThat(send(
                        page,
                        "POST /play",
                        page.getAuthority(),
                        JSON,
                        "{\"action\":\"WEIGH\",\"provider\":\"orders-1\"}"))
                .startsWith("HTTP/1.1 409");
        assertThat(send(page, "GET /play", page.getAuthority(), JSON, "")).contains("\"zookeeper\":true");
    }

    private static void aKilledProviderIsNotSentAnyRequests(URI page) throws Exception {
        String killed =
                send(page, "POST /play", page.getAuthority(), JSON, "{\"action\":\"KILL\",\"provider\":\"orders-1\"}");
        assertThat(killed).startsWith("HTTP/1.1 200").contains("\"running\":false");
        Await.until(
                "its registration is gone",
                () -> send(page, "GET /actuator/zklb", page.getAuthority(), JSON, "")
                        .contains("\"known\":4"));
        assertThat(send(
                        page,
                        "POST /play",
                        page.getAuthority(),
                        JSON,
                        "{\"action\":\"START\",\"provider\":\"orders-1\"}"))
                .startsWith("HTTP/1.1 200")
                .doesNotContain("\"running\":false");
    }

    /** The whole answer to a request with any Host header, which no client would send. */
    private static String send(URI server, String what, String host, String type, String body) throws IOException {
        String request = String.join(
                "\r\n",
                what + " HTTP/1.1",
                "Host: " + host,
                "Connection: close",
                "Content-Type: " + type,
                "Content-Length: " + body.length(),
                "",
                body);
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.getPort())) {
            OutputStream out = socket.getOutputStream();
            out.write(request.getBytes(StandardCharsets.US_ASCII));
            out.flush();
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
