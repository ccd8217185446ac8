package io.github.zklb.codec;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.code_intelligence.jazzer.mutation.annotation.NotNull;

/**
 * The codec for Jazzer. In the build it runs the inputs that are kept as resources; {@code JAZZER_FUZZ=1 ./mvnw test
 * -Djazzer.hooks=true -Dtest=CodecFuzzTargetTest} looks for others.
 */
class CodecFuzzTargetTest {

    @FuzzTest(maxDuration = "2m")
    void noContentDoesAnyHarm(byte @NotNull [] content) {
        CodecFuzz.check(content);
        if (CodecFuzz.touched.get() > 0) {
            throw new AssertionError("a class was made from the content");
        }
    }
}
