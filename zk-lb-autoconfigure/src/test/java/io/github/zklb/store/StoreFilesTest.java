package io.github.zklb.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Where the file of a service is. */
class StoreFilesTest {

    private final Path directory = Path.of("state/hosts");

    @ParameterizedTest
    @ValueSource(strings = {"../../etc/passwd", "a/b", "C:\\x", "..", "Orders", "ünï", "a\nb", "con", "%2e"})
    void noServiceIdLeavesTheDirectoryOrMeetsAnother(String serviceId) {
        LastGoodStore store = new LastGoodStore(directory);
        Path file = store.file(serviceId).normalize();
        assertThat(file.getParent()).isEqualTo(directory);
        assertThat(file.getFileName().toString()).matches("service-[a-z0-9.%_-]+\\.hosts");
        assertThat(file).isNotEqualTo(store.file("orders"));
    }

    @Test
    void longServiceIdsHaveFilesOfTheirOwn() {
        LastGoodStore store = new LastGoodStore(directory);
        assertThat(store.file("x".repeat(1_000))).isNotEqualTo(store.file("x".repeat(1_001)));
        assertThat(store.file("ü".repeat(1_000)).getFileName().toString()).hasSizeLessThan(256);
    }
}
