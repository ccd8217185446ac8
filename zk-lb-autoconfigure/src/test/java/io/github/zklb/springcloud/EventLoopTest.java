package io.github.zklb.springcloud;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** BlockHound finds nothing of ours on an event loop. It changes the JDK's classes, and so works in a process of its own. */
class EventLoopTest {

    @Test
    void nothingOfOursBlocksAnEventLoop() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:+AllowRedefinitionToAddDeleteMethods", // or BlockHound cannot work, from JDK 13 on
                        "-XX:+EnableDynamicAgentLoading",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        EventLoopCalls.class.getName())
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(process.waitFor()).as(output).isZero();
        List<String> scenes =
                output.lines().filter(line -> line.startsWith("scene: ")).toList();
        assertThat(scenes).as(output).hasSize(EventLoopCalls.SCENES);
        assertThat(scenes).allSatisfy(scene -> assertThat(scene).contains(EventLoopCalls.CALLS + " answers"));
        assertThat(scenes)
                .filteredOn(scene -> !scene.contains("a key resolver that blocks"))
                .as(output)
                .allSatisfy(scene -> assertThat(scene).contains(" blocked: 0 by us"));
        assertThat(scenes)
                .filteredOn(scene -> scene.contains("a key resolver that blocks"))
                .as("what shows that a blocking call is found")
                .hasSize(2)
                .allSatisfy(scene -> assertThat(scene).doesNotContain(" blocked: 0 by us"));
        assertThat(scenes)
                .filteredOn(scene -> scene.contains("first use of consistent-hash"))
                .as("Spring makes the beans of a service on the event loop, and reads class files")
                .allSatisfy(scene -> assertThat(scene).doesNotContain(" 0 by Spring"));
        assertThat(output).contains("nothing in flight at the end\n", "nothing in flight at the end with retries\n");
    }
}
