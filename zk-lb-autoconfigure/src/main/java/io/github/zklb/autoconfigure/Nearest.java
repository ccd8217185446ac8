package io.github.zklb.autoconfigure;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.IntStream;

/** Finds what somebody meant who wrote a name that is not known. */
final class Nearest {

    private Nearest() {}

    /** The known name that ends with the given one behind a dot, or else that is the fewest edits away; empty if none is known. */
    static Optional<String> to(String name, Collection<String> known) {
        return known.stream()
                .min(Comparator.<String>comparingInt(each -> each.endsWith('.' + name) ? 0 : edits(name, each))
                        .thenComparing(Comparator.naturalOrder()));
    }

    /** The characters to insert, remove or replace (Levenshtein's distance). O(product of the lengths). */
    static int edits(String a, String b) {
        int[] row = IntStream.rangeClosed(0, b.length()).toArray();
        for (int i = 1; i <= a.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length(); j++) {
                int replaced = a.charAt(i - 1) == b.charAt(j - 1) ? diagonal : diagonal + 1;
                diagonal = row[j];
                row[j] = Math.min(replaced, 1 + Math.min(diagonal, row[j - 1]));
            }
        }
        return row[b.length()];
    }
}
