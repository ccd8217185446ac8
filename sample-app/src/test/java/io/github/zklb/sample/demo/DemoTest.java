package io.github.zklb.sample.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class DemoTest {

    @Test
    void showsWhatItPromises() throws Exception {
        DemoSettings settings = new DemoSettings(true, 1_200, 200, Duration.ofSeconds(2));
        try (Demo demo = new Demo(settings)) {
            Report report = demo.run(0, "--server.address=127.0.0.1");

            assertThat(report.passed()).as("%s", report).isTrue();
            assertThat(report.toString()).contains("(a) ", "(b) ", "(c) ", "(d) ");
        }
    }
}
