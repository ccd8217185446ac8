package io.github.zklb.strategy;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.zklb.Endpoint;
import io.github.zklb.HostSet;
import io.github.zklb.PickContext;
import io.github.zklb.Picker;
import io.github.zklb.strategy.ConsistentHashSettings.Algorithm;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Pins the hash of a key and the endpoint it belongs to, for every release to come: clients of different releases share
 * one fleet. A change that fails here moves users' keys; it is the change that is wrong, not the file.
 */
class GoldenVectorsTest {

    /** Tab-separated, one key a line: the key, its hash, and its endpoint in each fleet by each algorithm. */
    private static final String FILE = "/golden/consistent-hash.tsv";

    private static final List<HostSet> FLEETS = List.of(
            Fleets.equal(1),
            Fleets.equal(5),
            Fleets.equal(300),
            Fleets.ofWeights(5, 3, 2, 1, 1, 0),
            Fleets.ofWeights(IntStream.rangeClosed(1, 40).map(i -> i * i * i).toArray()),
            HostSet.of(
                    Endpoint.of("2001:db8::1", 80),
                    Endpoint.of("2001:db8::2", 80),
                    Endpoint.of("shard-a.example.org", 5432).withWeight(3),
                    Endpoint.of("shard-b.example.org", 5432).withWeight(3)));

    @Test
    void keysStayWhereTheyAre() {
        List<String> lines = expected();
        assertThat(lines).hasSizeGreaterThan(200);
        assertThat(lines.stream().map(line -> line(line.substring(0, line.indexOf('\t')))))
                .containsExactlyElementsOf(lines);
    }

    private static String line(String key) {
        List<String> columns = new ArrayList<>(List.of(key, "%016x".formatted(Hashing.ofText(key))));
        PICKERS.forEach(picker -> columns.add(
                Objects.requireNonNull(picker.pick(PickContext.ofKey(key))).address()));
        return String.join("\t", columns);
    }

    private static final List<Picker> PICKERS = Arrays.stream(Algorithm.values())
            .flatMap(algorithm -> FLEETS.stream().map(Fleets.consistentHash(algorithm)::newPicker))
            .toList();

    private static List<String> expected() {
        try (InputStream in = Objects.requireNonNull(GoldenVectorsTest.class.getResourceAsStream(FILE), FILE)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
