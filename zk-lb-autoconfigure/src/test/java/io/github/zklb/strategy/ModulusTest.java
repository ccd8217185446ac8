package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.strategy.Rotation.Modulus;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModulusTest {

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 7, 641, 65_537, 1L << 31, (1L << 31) - 1, 10_000_000_000L, 1L << 44})
    void isTheRemainderAroundEveryMultiple(long divisor) {
        Modulus modulus = Modulus.of(divisor);
        long last = (Modulus.LIMIT - 1) / divisor;
        for (long quotient : new long[] {0, 1, 2, 3, last / 2, last - 1, last}) {
            for (long n = quotient * divisor - 2; n <= quotient * divisor + 2; n++) {
                if (n >= 0 && n < Modulus.LIMIT) {
                    assertThat(modulus.remainder(n)).as("%d mod %d", n, divisor).isEqualTo(n % divisor);
                }
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("io.github.zklb.strategy.Fleets#seeds")
    void isTheRemainderOfAnyNumbers(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 10_000; i++) {
            long divisor = random.nextLong(1, 1L << (1 + random.nextInt(44)));
            long n = random.nextLong(Modulus.LIMIT) >>> random.nextInt(62);
            assertThat(Modulus.of(divisor).remainder(n))
                    .as("%d mod %d", n, divisor)
                    .isEqualTo(n % divisor);
        }
    }
}
