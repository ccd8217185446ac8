package io.github.zklb.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.zklb.strategy.Hashing;
import io.github.zklb.traffic.Route.Otherwise;
import io.github.zklb.traffic.Route.Part;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which keys a split gives to which part, while the parts grow and shrink. */
class SplitTest {

    private static final int KEYS = Integer.getInteger("zklb.routes.keys", 100_000);

    private static Split split(String name, double... percents) {
        List<Part> parts = new ArrayList<>();
        for (double percent : percents) {
            parts.add(new Part(Map.of("version", String.valueOf(parts.size())), percent));
        }
        Route route = new Route(name, List.of(), Map.of(), parts, List.of(), Otherwise.BASE);
        Route.checked(List.of(route));
        return new Split(route);
    }

    private static int part(Split split, int key) {
        return split.part(split.slot(Hashing.ofText("user-" + key)));
    }

    private static double share(Split split, int part) {
        int of = 0;
        for (int key = 0; key < KEYS; key++) {
            of += part(split, key) == part ? 1 : 0;
        }
        return (double) of / KEYS;
    }

    /** Six standard deviations of the share of so many keys. */
    private static double noise(double share) {
        return 6 * Math.sqrt(share * (1 - share) / KEYS);
    }

    @Test
    void growingMovesKeysOfTheRestAloneAndShrinkingGivesJustTheseBack() {
        Split five = split("ramp", 5);
        Split ten = split("ramp", 10);
        Split again = split("ramp", 5);
        int moved = 0;
        for (int key = 0; key < KEYS; key++) {
            int before = part(five, key);
            int after = part(ten, key);
            if (before != after) {
                moved++;
                assertThat(before).isEqualTo(Split.REST);
                assertThat(after).isZero();
            }
            assertThat(part(again, key)).isEqualTo(before);
        }
        assertThat((double) moved / KEYS).isCloseTo(0.05, within(noise(0.05)));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.01, 0.1, 1, 12.34, 50, 99.99, 100})
    void aPartIsAsLargeAsItSays(double percent) {
        Split split = split("ramp", percent);
        assertThat(share(split, 0)).isCloseTo(percent / 100, within(noise(percent / 100)));
        int slots = 0;
        for (int slot = 0; slot < Split.SLOTS; slot++) {
            slots += split.part(slot) == 0 ? 1 : 0;
        }
        assertThat(slots).isEqualTo((int) Math.round(percent * 100));
    }

    @Test
    void twoRoutesDoNotBeginWithTheSameUsers() {
        Split one = split("checkout", 10);
        Split other = split("search", 10);
        int both = 0;
        for (int key = 0; key < KEYS; key++) {
            both += part(one, key) == 0 && part(other, key) == 0 ? 1 : 0;
        }
        assertThat((double) both / KEYS).isCloseTo(0.01, within(noise(0.01)));
    }

    @Test
    void aPartThatGrowsTakesNothingFromAnother() {
        for (double[] percents : new double[][] {{5, 5, 5}, {5, 30, 5}, {24, 5, 24}, {5, 60, 5}}) {
            Split before = split("ramp", 5, 5, 5);
            Split after = split("ramp", percents);
            for (int slot = 0; slot < Split.SLOTS; slot++) {
                int was = before.part(slot);
                assertThat(was == Split.REST || after.part(slot) == was || percents[1] > 50 && was == 2)
                        .as("slot %d was of %d and is of %d", slot, was, after.part(slot))
                        .isTrue();
            }
        }
    }

    @Test
    void twoPartsMoveOnlyWhatTheyMustWhateverTheirSizes() {
        for (int first = 0; first <= 100; first += 10) {
            for (int second = 0; second + first <= 100; second += 10) {
                Split split = split("ramp", first, second);
                for (int slot = 0; slot < Split.SLOTS; slot++) {
                    int expected = slot < first * 100 ? 0 : slot >= Split.SLOTS - second * 100 ? 1 : Split.REST;
                    assertThat(split.part(slot)).isEqualTo(expected);
                }
            }
        }
    }

    @Test
    void eachOfEightPartsGrowsFromItsOwnPlaceInItsOwnDirection() {
        int[] firsts = {0, 9_900, 5_000, 4_900, 2_500, 2_400, 7_500, 7_400};
        Split split = split("ramp", 1, 1, 1, 1, 1, 1, 1, 1);
        for (int part = 0; part < firsts.length; part++) {
            for (int slot = firsts[part]; slot < firsts[part] + 100; slot++) {
                assertThat(split.part(slot)).as("slot %d", slot).isEqualTo(part);
            }
        }
    }

    @Test
    void eightPartsShareAllSlots() {
        double[] percents = {12.5, 12.5, 12.5, 12.5, 20, 5, 12.5, 12.5};
        Split split = split("ramp", percents);
        int[] slots = new int[percents.length];
        for (int slot = 0; slot < Split.SLOTS; slot++) {
            slots[split.part(slot)]++;
        }
        assertThat(slots).containsExactly(1_250, 1_250, 1_250, 1_250, 2_000, 500, 1_250, 1_250);
    }

    /** Clients of all releases agree. */
    @Test
    void theSlotsOfKeysNeverChange() {
        Split split = split("ramp", 5);
        assertThat(new int[] {
                    split.slot(Hashing.ofText("")),
                    split.slot(Hashing.ofText("ann")),
                    split.slot(Hashing.ofText("user-7"))
                })
                .containsExactly(8_397, 4_746, 3_946);
    }
}
