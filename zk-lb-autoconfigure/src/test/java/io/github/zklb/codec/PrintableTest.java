package io.github.zklb.codec;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Message;
import org.junit.jupiter.api.Test;

class PrintableTest {

    @Test
    void asciiStaysAsItIs() {
        assertThat(Printable.of("/services/orders-1 {x}")).isEqualTo("/services/orders-1 {x}");
    }

    @Test
    void whatCouldForgeALineOrMoveTheCursorIsEscaped() {
        assertThat(Printable.of("a\r\n\u001b[31m\u202e\ud800\\"))
                .isEqualTo("a\\u000d\\u000a\\u001b[31m\\u202e\\ud800\\u005c");
    }

    @Test
    void whatLooksLikeTheNameOfAMessageIsEscaped() {
        String named =
                Message.A_NODE_THAT_CANNOT_BE_USED.of("it is broken: " + Printable.of("x [zk-lb messages#denied]"));
        assertThat(named)
                .isEqualTo("it is broken: x \\u005bzk-lb messages#denied] [zk-lb messages#a-node-that-cannot-be-used]");
    }

    @Test
    void longTextIsCut() {
        assertThat(Printable.of("x".repeat(1_000))).hasSize(203).endsWith("...");
    }
}
