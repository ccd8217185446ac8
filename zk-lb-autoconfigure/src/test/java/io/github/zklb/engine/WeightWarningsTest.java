package io.github.zklb.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;

@ExtendWith(OutputCaptureExtension.class)
class WeightWarningsTest {

    private final WeightWarnings warnings = new WeightWarnings("orders");

    @Test
    void aWeightThatIsCutIsNamedOnceEachTimeThatItBegins(CapturedOutput output) {
        HostSet lopsided = ofWeights(1, 1, 1, 500);
        look(lopsided, "weighted");
        look(ofWeights(1, 1, 1, 500, 1), "weighted");
        assertThat(warningsIn(output))
                .singleElement()
                .asString()
                .contains("service orders: the weight 500.0 of 10.0.0.4:80 counts as 100 times", "weight.max-ratio");
        look(ofWeights(1, 1, 1, 100), "weighted");
        look(lopsided, "weighted");
        assertThat(warningsIn(output)).hasSize(2);
    }

    @Test
    void aMedianNextToABorderIsToldOfToThoseWhoHash(CapturedOutput output) {
        look(ofWeights(7, 7, 8), "weighted");
        look(ofWeights(1, 1, 1), "consistent-hash");
        assertThat(warningsIn(output)).isEmpty();
        look(ofWeights(7, 7, 8), "consistent-hash");
        assertThat(warningsIn(output)).singleElement().asString().contains("orders", "median", "most keys");
    }

    @Test
    void aMedianThatAThirdEndpointMayMoveIsToldOf(CapturedOutput output) {
        look(ofWeights(7), "consistent-hash");
        look(ofWeights(8, 9), "consistent-hash");
        assertThat(warningsIn(output)).isEmpty();
        look(ofWeights(7, 8), "consistent-hash");
        assertThat(warningsIn(output)).singleElement().asString().contains("orders", "median", "most keys");
    }

    @Test
    void ringsThatTakeNearlyAllPointsAreToldOfToThoseWhoHaveOne(CapturedOutput output) {
        look(ofWeights(1, 1, 1), "weighted", true);
        look(ofWeights(1, 1, 1), "consistent-hash", false);
        assertThat(warningsIn(output)).isEmpty();
        look(ofWeights(1, 1, 1), "consistent-hash", true);
        look(ofWeights(1, 1, 1, 1), "consistent-hash", true);
        assertThat(warningsIn(output)).singleElement().asString().contains("orders", "rings of this application");
    }

    private void look(HostSet hosts, String strategy) {
        look(hosts, strategy, false);
    }

    private void look(HostSet hosts, String strategy, boolean shortOfPoints) {
        warnings.look(hosts, DefaultSettings.of(EngineSettings.Source.AUTO, strategy), shortOfPoints);
    }

    private static HostSet ofWeights(double... weights) {
        return HostSet.of(IntStream.range(0, weights.length)
                .mapToObj(i -> Endpoint.of("10.0.0." + (i + 1), 80).withWeight(weights[i]))
                .toList());
    }

    private static Stream<String> warningsIn(CapturedOutput output) {
        return output.getOut().lines().filter(line -> line.contains("WARN"));
    }
}
