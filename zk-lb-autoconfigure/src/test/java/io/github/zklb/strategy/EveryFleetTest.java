package io.github.zklb.strategy;

import static java.util.stream.Collectors.toCollection;
import static java.util.stream.Collectors.toSet;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import io.github.zklb.strategy.Fleets.Fleet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every strategy and every fleet, from one endpoint to 10,000, with weights from 1 to 10^6 and drained ones. */
class EveryFleetTest {

    private static final int PICKS = 2_000;

    private record Case(String name, Algorithm algorithm, Fleet fleet) {

        Picker picker(HostSet hosts) {
            return Fleets.strategy(name, fleet.settings(algorithm), fleet.seed())
                    .newPicker(hosts);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void picksAreUndrainedEndpointsOfTheHostSetInWhateverOrderItComes(Case of) {
        Random random = of.fleet().random();
        List<Endpoint> endpoints = partlyDrained(random, of.fleet().size());
        Picker picker = of.picker(HostSet.of(endpoints));
        Collections.shuffle(endpoints, random);
        Picker other = of.picker(HostSet.of(endpoints));
        Set<Endpoint> undrained =
                endpoints.stream().filter(endpoint -> endpoint.weight() > 0).collect(toSet());
        for (int i = 0; i < PICKS; i++) {
            PickContext context = PickContext.ofKey(i % 4 == 0 ? null : "key-" + i);
            Endpoint picked = picker.pick(context);
            assertThat(undrained.isEmpty() ? picked == null : undrained.contains(picked))
                    .as("%s", picked)
                    .isTrue();
            assertThat(other.pick(context)).isEqualTo(picked);
        }
    }

    static Stream<Case> cases() {
        return new StrategyCatalogue(List.of())
                .names().stream()
                        .flatMap(name -> algorithms(name)
                                .flatMap(algorithm -> Fleets.fleets().map(fleet -> new Case(name, algorithm, fleet))));
    }

    private static Stream<Algorithm> algorithms(String name) {
        return name.equals(ConsistentHashSettings.STRATEGY)
                ? Arrays.stream(Algorithm.values())
                : Stream.of(Algorithm.RING); // Which does not matter.
    }

    /** A quarter has the weight 0. */
    private static List<Endpoint> partlyDrained(Random random, int size) {
        return Fleets.spreadOf(random, size).endpoints().stream()
                .map(endpoint -> random.nextInt(4) == 0 ? endpoint.withWeight(0) : endpoint)
                .collect(toCollection(ArrayList::new));
    }
}
