package io.github.zklb.actuate;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.actuate.endpoint.Access;
import org.springframework.boot.actuate.endpoint.annotation.ReadOperation;
import org.springframework.boot.actuate.endpoint.annotation.Selector;
import org.springframework.boot.actuate.endpoint.annotation.Selector.Match;
import org.springframework.boot.actuate.endpoint.web.WebEndpointResponse;
import org.springframework.boot.actuate.endpoint.web.annotation.WebEndpoint;
import org.springframework.core.io.ClassPathResource;
import org.springframework.util.MimeType;

/**
 * A page that shows in a browser what {@link ZkLbEndpoint} answers. It is served only where its access is set: an application
 * that exposes all of its endpoints does not have it for that. The page reads {@code zklb}, which must be exposed too.
 */
@WebEndpoint(id = ZkLbPageEndpoint.ID, defaultAccess = Access.NONE)
public final class ZkLbPageEndpoint {

    static final String ID = "zklbpage";

    private static final String HTML = "text/html;charset=UTF-8";
    private static final String CSS = "text/css;charset=UTF-8";
    private static final String JS = "text/javascript;charset=UTF-8";
    private static final String SVG = "image/svg+xml";

    /** What the page consists of; nothing else is served. */
    private static final Map<String, String> FILES = Map.of(
            "page.css", CSS,
            "page.js", JS,
            "dom.js", JS,
            "ring.js", JS,
            "forms.js", JS,
            "steering.js", JS,
            "icon.svg", SVG);

    private final String name;
    private final String data;

    /**
     * A page for two endpoints with these paths below the actuator's.
     *
     * @param page the path of the page, {@value #ID} unless it is mapped to another
     * @param data the path of {@link ZkLbEndpoint}
     */
    public ZkLbPageEndpoint(String page, String data) {
        this.name = page.substring(page.lastIndexOf('/') + 1);
        this.data = "../".repeat(page.split("/").length) + data;
    }

    /** The page. A browser resolves its links against the directory in which the page is. */
    @ReadOperation(produces = HTML)
    public WebEndpointResponse<String> page() {
        return html(name + '/');
    }

    /**
     * A file of the page, or the page itself where a slash ends the path; null, which is 404, for anything else.
     *
     * @param zklbSegments the file's name
     */
    @ReadOperation(produces = {HTML, CSS, JS, SVG})
    public @Nullable WebEndpointResponse<String> file(@Selector(match = Match.ALL_REMAINING) String[] zklbSegments) {
        String file = String.join("/", zklbSegments);
        if (file.isEmpty()) {
            return html("");
        }
        String type = FILES.get(file);
        return type == null ? null : response(read(file), type);
    }

    private WebEndpointResponse<String> html(String directory) {
        return response(read("page.html").replace("{directory}", directory).replace("{data}", data), HTML);
    }

    private static WebEndpointResponse<String> response(String body, String type) {
        return new WebEndpointResponse<>(body, WebEndpointResponse.STATUS_OK, MimeType.valueOf(type));
    }

    private static String read(String file) {
        try {
            return new ClassPathResource("page/" + file, ZkLbPageEndpoint.class)
                    .getContentAsString(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it names the file
        }
    }
}
