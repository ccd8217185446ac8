package io.github.zklb.sample.consumer;

import java.util.function.Supplier;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** The page at {@code /table}: what the consumer has seen so far, as plain text. */
@RestController
public final class StatusPage {

    private volatile Supplier<String> text = () -> "";

    StatusPage() {}

    /** Shows the given text from now on, asking for it at each request. */
    public void show(Supplier<String> text) {
        this.text = text;
    }

    @GetMapping(path = "/table", produces = MediaType.TEXT_PLAIN_VALUE)
    String text() {
        return text.get();
    }
}
