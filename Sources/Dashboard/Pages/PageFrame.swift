import Foundation
import PerfHistory

/// What all pages have: head, navigation, foot.
struct PageFrame {
    enum Page: String, CaseIterable {
        case overview = "index.html"
        case worldSwitch = "switch.html"
        case trends = "trends.html"
        case compare = "compare.html"

        var title: String {
            switch self {
            case .overview: "Overview"
            case .worldSwitch: "World switch"
            case .trends: "Trends"
            case .compare: "Compare"
            }
        }
    }

    /// Files that stand beside the pages.
    static let style = String(decoding: PackageResources.style_css, as: UTF8.self)
    static let script = String(decoding: PackageResources.script_js, as: UTF8.self)

    let page: Page
    /// When the page was made, in seconds since 1970.
    let date: Double
    /// Content Security Policy: nothing from elsewhere, and no script but ours.
    private static let policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'none'; base-uri 'none'; form-action 'none'"

    func html(_ body: String) -> String {
        var links = ""
        for other in Page.allCases { links += "<a href=\"\(other.rawValue)\"\(other == page ? " aria-current=\"page\"" : "")>\(other.title)</a>" }
        return """
            <!DOCTYPE html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(page.title) - Longma</title>
            <link rel="stylesheet" href="style.css">
            <script src="script.js" defer></script>
            </head>
            <body>
            <a class="skip" href="#content">To the content</a>
            <header><strong>Longma results</strong><nav aria-label="Pages">\(links)</nav></header>
            <main id="content">
            \(body)</main>
            <footer>Made \(Timestamp.short(date)) UTC by longma dashboard. Raw data: <a href="records.json">records.json</a>, <a href="figures.csv">figures.csv</a>.</footer>
            </body>
            </html>

            """
    }
}
