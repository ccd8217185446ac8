package io.github.zklb.springcloud.blocking;

import io.github.zklb.calls.CountedBody;
import io.github.zklb.calls.CountedCall;
import io.github.zklb.reports.LoadReport;
import java.io.IOException;
import java.io.InputStream;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.client.ClientHttpResponse;

/** A response that keeps its call in flight until its body has ended, or until it is closed, as Spring's clients close it. */
final class CountedResponse implements ClientHttpResponse {

    private final ClientHttpResponse response;
    private final CountedCall call;
    private @Nullable InputStream body;

    private CountedResponse(ClientHttpResponse response, CountedCall call) {
        this.response = response;
        this.call = call;
    }

    /** The response to a call, whose head is there. */
    static ClientHttpResponse of(ClientHttpResponse response, CountedCall call) {
        try {
            call.reported(call.asksForLoad() ? response.getHeaders().getFirst(LoadReport.HEADER) : null);
            CountedResponse counted = new CountedResponse(response, call);
            call.answered(response.getStatusCode().value(), counted);
            return counted;
        } catch (IOException unreadable) {
            call.call().failed();
            return response;
        }
    }

    @Override
    public InputStream getBody() throws IOException {
        InputStream read = body;
        if (read == null) {
            read = new CountedBody(response.getBody(), call, this);
            body = read;
        }
        return read;
    }

    @Override
    public HttpStatusCode getStatusCode() throws IOException {
        return response.getStatusCode();
    }

    @Override
    public String getStatusText() throws IOException {
        return response.getStatusText();
    }

    @Override
    public HttpHeaders getHeaders() {
        return response.getHeaders();
    }

    @Override
    public void close() {
        try {
            response.close();
        } finally {
            call.bodyEnded();
        }
    }
}
