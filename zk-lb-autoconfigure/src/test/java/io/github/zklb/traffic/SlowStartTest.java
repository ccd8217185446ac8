package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.Acceptance;
import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class SlowStartTest {

    private static final Endpoint OLD = Endpoint.of("10.0.0.1", 80);
    private static final Endpoint NEW = Endpoint.of("10.0.0.2", 80);
    private static final SlowStartSettings SETTINGS = new SlowStartSettings(Duration.ofSeconds(60), 1, 10);

    private final Clock clock = new Clock();
    private final SlowStart slowStart = new SlowStart(clock);

    @Test
    void endpointsFoundAtTheStartHaveTheirWholeShare() {
        assertThat(slowStart.update(HostSet.of(OLD, NEW), SETTINGS)).isSameAs(Acceptance.FULL);
        assertThat(slowStart.isWarming()).isFalse();
    }

    @Test
    void aNewEndpointComesToItsShareInTheWindow() {
        slowStart.update(HostSet.of(OLD), SETTINGS);
        assertThat(partOfNew()).isEqualTo(0.1);
        assertThat(slowStart.isWarming()).isTrue();
        clock.pass(Duration.ofSeconds(30));
        assertThat(partOfNew()).isCloseTo(0.5, within(1e-9));
        assertThat(slowStart.update(HostSet.of(OLD, NEW), SETTINGS).of(OLD)).isEqualTo(1);
        clock.pass(Duration.ofSeconds(30));
        assertThat(partOfNew()).isEqualTo(1);
        assertThat(slowStart.isWarming()).isFalse();
    }

    @Test
    void aggressionMakesTheRiseSteepAtFirst() {
        SlowStartSettings steep = new SlowStartSettings(Duration.ofSeconds(60), 2, 10);
        slowStart.update(HostSet.of(OLD), steep);
        slowStart.update(HostSet.of(OLD, NEW), steep);
        clock.pass(Duration.ofSeconds(15));
        assertThat(slowStart.update(HostSet.of(OLD, NEW), steep).of(NEW)).isCloseTo(0.5, within(1e-9));
    }

    @Test
    void anEndpointThatNeverLeftTheHostSetIsNotNew() {
        slowStart.update(HostSet.of(OLD, NEW), SETTINGS);
        slowStart.update(HostSet.of(OLD, NEW.withId("another").withWeight(3)), SETTINGS);
        assertThat(partOfNew()).isEqualTo(1);
    }

    @Test
    void anEndpointThatReturnsIsNew() {
        slowStart.update(HostSet.of(OLD, NEW), SETTINGS);
        slowStart.update(HostSet.of(OLD), SETTINGS);
        assertThat(partOfNew()).isEqualTo(0.1);
        slowStart.update(HostSet.of(OLD), SETTINGS);
        assertThat(slowStart.isWarming()).isFalse();
    }

    @Test
    void withoutAWindowNothingIsHeldBack() {
        slowStart.update(HostSet.of(OLD), SlowStartSettings.DEFAULTS);
        assertThat(slowStart.update(HostSet.of(OLD, NEW), SlowStartSettings.DEFAULTS))
                .isSameAs(Acceptance.FULL);
    }

    @Test
    void acceptancesCombine() {
        Acceptance half = endpoint -> 0.5;
        assertThat(half.and(half).of(OLD)).isEqualTo(0.25);
        assertThat(half.and(Acceptance.FULL)).isSameAs(half);
        assertThat(Acceptance.FULL.and(half)).isSameAs(half);
    }

    @Test
    void theShareNeverFallsBelowTheOneAtTheBeginningAndIsKnownByTheTimeSinceThen() {
        slowStart.update(HostSet.of(OLD), SETTINGS);
        assertThat(partOfNew()).isEqualTo(0.1);
        clock.pass(Duration.ofSeconds(3));
        assertThat(partOfNew()).isEqualTo(0.1);
        Endpoint later = Endpoint.of("10.0.0.3", 80);
        Acceptance both = slowStart.update(HostSet.of(OLD, NEW, later), SETTINGS);
        clock.pass(Duration.ofSeconds(27));
        assertThat(both.of(later)).isEqualTo(0.1); // as of then
        both = slowStart.update(HostSet.of(OLD, NEW, later), SETTINGS);
        assertThat(both.of(NEW)).isCloseTo(0.5, within(1e-9));
        assertThat(both.of(later)).isCloseTo(0.45, within(1e-9));
        assertThat(both.of(OLD)).isEqualTo(1);
    }

    private double partOfNew() {
        return slowStart.update(HostSet.of(OLD, NEW), SETTINGS).of(NEW);
    }
}
