using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Raft.Tests.Viewer;

/// <summary>A test that needs a browser; it is skipped without one.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class BrowserFactAttribute : FactAttribute
{
    private const string _missing =
        "There is no Chromium: install it (apt-get install chromium), or set the environment variable CHROMIUM to its path.";

    public BrowserFactAttribute() => Skip = Browser.Executable is null ? _missing : null;
}

/// <summary>The system's Chromium without a window, driven by Playwright.</summary>
public sealed class Browser : IAsyncLifetime, IDisposable
{
    private readonly string _pages = Directory.CreateTempSubdirectory("raft-verify-browser").FullName;
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The path in the environment variable CHROMIUM, or the first Chromium or Chrome on the path; null: there is none.</summary>
    public static string? Executable { get; } = Environment.GetEnvironmentVariable("CHROMIUM") is { Length: > 0 } path
        ? path
        : (from folder in (Environment.GetEnvironmentVariable("PATH") ?? string.Empty)
               .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
           from name in (string[])["chromium", "chromium-browser", "google-chrome"]
           select Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    public async Task InitializeAsync()
    {
        if (Executable is not null)
        {
            _playwright = await Playwright.CreateAsync();
            _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Executable });
        }
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }
    }

    public void Dispose()
    {
        _playwright?.Dispose();
        Directory.Delete(_pages, recursive: true);
    }

    /// <summary>Opens a page in a tab that shares nothing with the others, and waits until it is loaded.</summary>
    /// <param name="html">The page.</param>
    /// <param name="width">The width of the window, in pixels.</param>
    /// <param name="height">The height of the window, in pixels.</param>
    /// <param name="isDark">Whether the system prefers dark.</param>
    internal async Task<BrowserTab> OpenAsync(string html, int width = 1280, int height = 800, bool isDark = false)
    {
        var file = Path.Combine(_pages, $"{Guid.NewGuid():N}.html");
        await File.WriteAllTextAsync(file, html);
        var page = await _browser!.NewPageAsync(new()
        {
            ColorScheme = isDark ? ColorScheme.Dark : ColorScheme.Light,
            ViewportSize = new() { Width = width, Height = height },
        });
        var tab = new BrowserTab(page);
        await page.GotoAsync(new Uri(file).AbsoluteUri);
        return tab;
    }
}

/// <summary>A page in the browser, with what it logs and what it requests.</summary>
internal sealed class BrowserTab
{
    public BrowserTab(IPage page)
    {
        Page = page;
        page.PageError += (_, error) => Complaints.Enqueue(error);
        page.Request += (_, request) => Requests.Enqueue(request.Url);
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning" or "assert")
            {
                Complaints.Enqueue($"{message.Type}: {message.Text}");
            }
        };
    }

    public IPage Page { get; }

    /// <summary>Uncaught exceptions, and errors and warnings of the console.</summary>
    public ConcurrentQueue<string> Complaints { get; } = new();

    /// <summary>The addresses that it requested, its own included.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Presses and releases a key.</summary>
    /// <param name="key">Its name in JavaScript.</param>
    public Task PressAsync(string key) => Page.Keyboard.PressAsync(key);

    /// <summary>Clicks the first element that a selector finds.</summary>
    /// <returns>The element's accessible name, or its text.</returns>
    public async Task<string> ClickAsync(string selector)
    {
        var element = Page.Locator(selector).First;
        var name = await element.EvaluateAsync<string>(
            "one => one.closest('[aria-label]')?.getAttribute('aria-label') ?? one.textContent");
        await element.ClickAsync();
        return name;
    }

    /// <summary>The text of the first element that a selector finds.</summary>
    public async Task<string> TextAsync(string selector) => (await Page.Locator(selector).First.TextContentAsync())!;

    /// <summary>How many elements a selector finds.</summary>
    public Task<int> CountAsync(string selector) => Page.Locator(selector).CountAsync();
}
