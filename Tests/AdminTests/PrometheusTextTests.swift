import Testing

@testable import Admin

@Suite struct PrometheusTextTests {
    @Test(arguments: [
        ("plain", "plain"), ("a\"b", "a\\\"b"), ("a\\b", "a\\\\b"), ("a\nb", "a\\nb"), ("\\n", "\\\\n"),
        ("a\r\nb", "a\r\\nb"),
        ("{}=,", "{}=,"), ("é", "é"), ("", ""),
    ])
    func labelsCannotBreakOutOfTheirQuotes(value: String, written: String) {
        let family = MetricFamily("m", .counter, "Help.", [.init(labels: [("l", value)], value: 1)])
        let text = PrometheusText.render([family])
        #expect(text == "# HELP m Help.\n# TYPE m counter\nm{l=\"\(written)\"} 1\n")
    }

    @Test(
        arguments: [
            (0, "0"), (-0.0, "0"), (1, "1"), (-3, "-3"), (0.5, "0.5"), (1_795_478_400, "1795478400"),
            (1e15, "1000000000000000"),
            (1e16, "1e+16"), (0.1 + 0.2, "0.30000000000000004"), (.infinity, "+Inf"),
        ] as [(Double, String)])
    func numbersAreWrittenAsPrometheusReadsThem(value: Double, written: String) {
        #expect(PrometheusText.render([MetricFamily("m", .gauge, "Help.", value)]).hasSuffix("\nm \(written)\n"))
    }

    @Test func familiesStandOneAfterTheOtherInTheOrderGiven() {
        let families = [
            MetricFamily("b", .gauge, "Second letter.", 1),
            MetricFamily(
                "a", .histogram, "First letter.",
                [
                    .init(suffix: "_bucket", labels: [("le", "0.1")], value: 2),
                    .init(suffix: "_bucket", labels: [("le", "+Inf")], value: 3), .init(suffix: "_sum", value: 0.25),
                    .init(suffix: "_count", value: 3),
                ]),
            MetricFamily("c", .counter, "No samples yet.", []),
        ]
        #expect(
            PrometheusText.render(families) == """
                # HELP b Second letter.
                # TYPE b gauge
                b 1
                # HELP a First letter.
                # TYPE a histogram
                a_bucket{le="0.1"} 2
                a_bucket{le="+Inf"} 3
                a_sum 0.25
                a_count 3
                # HELP c No samples yet.
                # TYPE c counter

                """)
    }
}
