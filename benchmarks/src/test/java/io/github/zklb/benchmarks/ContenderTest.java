package io.github.zklb.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

class ContenderTest {

    private static final int ENDPOINTS = 10;

    @ParameterizedTest
    @EnumSource
    void everyContenderSpreadsItsPicks(Contender contender) {
        Pick pick = contender.pick(ENDPOINTS);
        assertThat(IntStream.range(0, Keys.COUNT)
                        .mapToObj(key -> Objects.requireNonNull(pick.pick(key)))
                        .distinct())
                .hasSizeGreaterThan(ENDPOINTS / 2);
    }

    @ParameterizedTest
    @EnumSource(
            names = {"RING", "MAGLEV", "RENDEZVOUS", "BOUNDED", "D2_.*", "DUBBO_HASH"},
            mode = Mode.MATCH_ANY)
    void theSameKeyGoesToTheSameEndpoint(Contender contender) {
        Pick pick = contender.pick(ENDPOINTS);
        for (int key = 0; key < ENDPOINTS; key++) {
            assertThat(pick.pick(key)).isSameAs(pick.pick(key));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyTableFollowsAChange(Table table) {
        Fleet fleet = table.fleet(ENDPOINTS);
        Build build = table.newBuild();
        assertThat(build.of(fleet)).isNotNull();
        assertThat(build.of(fleet.withoutOne())).isNotNull();
        assertThat(fleet.withoutOne().hosts().size()).isEqualTo(ENDPOINTS - 1);
    }
}
